import { and, eq, gt, isNull, sql } from 'drizzle-orm'
import { session } from '#db/schema/index.ts'
import { readPortal, type Tx } from '#db/tenancy.ts'
import { EntityType, Language, PageName } from '../contract.ts'
import type { Deps } from '../deps.ts'
import { newId, type PortalId, type SessionId } from '../ids.ts'
import type { SessionContext } from './session-context.ts'

export type SessionInput = Pick<
  SessionContext,
  'userId' | 'isAdmin' | 'page' | 'entity' | 'conversationId' | 'portalLanguage'
>
export type LiveSession = SessionContext & { expiresAt: Date }
type SessionRow = Pick<LiveSession, 'userId' | 'userName' | 'isAdmin' | 'conversationId' | 'expiresAt'> & {
  page: string
  entityType: string | null
  entityId: string | null
  portalLanguage: string | null
}

const CODE_MS = 60_000
const SESSION_MS = 12 * 3_600_000

/** Opens a session for one page and returns its one-time code, good for 60 s; only the code's hash is kept. */
export async function createSession(
  tx: Tx,
  deps: Pick<Deps, 'clock'>,
  portalId: PortalId,
  input: SessionInput,
): Promise<string> {
  const now = deps.clock.now()
  const id = newId<SessionId>(now)
  const random = crypto.getRandomValues(new Uint8Array(32))
  const secret = Array.from(random, (byte) => byte.toString(16).padStart(2, '0')).join('')
  const { entity, conversationId, userId, isAdmin, page, portalLanguage } = input
  const code = `${portalId}.${id}.${secret}`
  await tx.orm.insert(session).values({
    ...{ portalId, id, userId, isAdmin, page, conversationId, portalLanguage },
    entityType: entity?.type ?? null,
    entityId: entity?.id ?? null,
    codeHash: await hashCode(code),
    codeExpiresAt: new Date(now + CODE_MS),
    expiresAt: new Date(now + SESSION_MS),
    createdAt: new Date(now),
  })
  return code
}

/** Uses up a session's code: true for the first who shows it in time. */
export async function takeCode(
  tx: Tx,
  deps: Pick<Deps, 'clock'>,
  portalId: PortalId,
  sessionId: SessionId,
  code: string,
): Promise<boolean> {
  const taken = await tx.orm
    .update(session)
    .set({ codeHash: null })
    .where(
      and(
        eq(session.portalId, portalId),
        eq(session.id, sessionId),
        eq(session.codeHash, await hashCode(code)),
        gt(session.codeExpiresAt, new Date(deps.clock.now())),
      ),
    )
    .returning({ id: session.id })
  return taken.length === 1
}

/** A session that lives: not ended, not over, its portal active. */
export async function readSession(
  deps: Pick<Deps, 'db' | 'clock'>,
  portalId: PortalId,
  sessionId: SessionId,
): Promise<LiveSession | null> {
  // Read at every turn of the guard: by hand, for the builder costs more than the query.
  const [[row]] = await readPortal(deps.db, portalId, (sql) => [
    sql<SessionRow[]>`
      select s.user_id as "userId", coalesce(u.name, '') as "userName", s.is_admin as "isAdmin", s.page,
        s.entity_type as "entityType", s.entity_id as "entityId", s.conversation_id as "conversationId",
        s.portal_language as "portalLanguage", s.expires_at as "expiresAt"
      from app.session s
      join app.portal p on p.portal_id = s.portal_id and p.state = 'active'
      left join app.portal_user u on u.portal_id = s.portal_id and u.user_id = s.user_id
      where s.portal_id = ${portalId} and s.id = ${sessionId} and s.ended_at is null
        and s.expires_at > ${new Date(deps.clock.now())}`,
  ])
  return row ? toLiveSession(row, portalId, sessionId) : null
}

/** Ends the sessions of a portal, or of one of its users. Call inside `withPortal`. */
export async function endSessions(tx: Tx, portalId: PortalId, userId?: string): Promise<void> {
  await tx.orm
    .update(session)
    .set({ endedAt: sql`now()`, codeHash: null })
    .where(
      and(
        eq(session.portalId, portalId),
        isNull(session.endedAt),
        userId === undefined ? undefined : eq(session.userId, userId),
      ),
    )
}

function toLiveSession(row: SessionRow, portalId: PortalId, sessionId: SessionId): LiveSession {
  const { entityType, entityId, ...plain } = row
  return {
    ...{ ...plain, portalId, sessionId },
    page: PageName.parse(row.page),
    entity: entityType && entityId ? { type: EntityType.parse(entityType), id: entityId } : null,
    portalLanguage: Language.catch('en').parse(row.portalLanguage),
  }
}

async function hashCode(code: string): Promise<Uint8Array> {
  return new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(code)))
}
