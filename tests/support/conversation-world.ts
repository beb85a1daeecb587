import { portal as portalTable, portalUser } from '#db/schema/index.ts'
import { withControl, withPortal } from '#db/tenancy.ts'
import type { Conversation, Message } from '#server/contract.ts'
import { asId, newId, type ConversationId, type PortalId, type SessionId } from '#server/ids.ts'
import { storeTokens } from '#server/portal/access-token.ts'
import { createSession } from '#server/portal/sessions.ts'
import { signSessionToken } from '#server/portal/session-token.ts'
import { TERMS_VERSION } from '#server/portal/terms.ts'
import { createHarness, type Harness, type HarnessOptions } from './harness.ts'
import { runDueJobs } from './run-due-jobs.ts'

export const NUMBER = '106540352242922'
export const WABA = '102290129340398'
export const TOKEN = 'LEAK_PROBE_channel_token'
export const CUSTOMER = '15550101234'

export type World = Awaited<ReturnType<typeof createWorld>>
export type Answer<T> = { status: number; body: T; headers: Headers }

/** An installed portal with an administrator (user 1) and a rep (user 2), one connected number and a contact's conversation. */
export async function createWorld(options: HarnessOptions & { connected?: boolean } = {}) {
  const harness = await createHarness(options)
  const { graph, drain } = harness
  const tenant = await addTenant(harness)
  graph.addAccount({
    wabaId: WABA,
    token: TOKEN,
    numbers: [{ phoneNumberId: NUMBER, displayPhoneNumber: '+1 555-078-3881', verifiedName: 'Shop' }],
  })
  const customer = graph.customer({ phone: CUSTOMER, name: 'Elena' })
  const call = async <T = unknown>(
    user: string,
    method: string,
    path: string,
    body?: unknown,
  ): Promise<Answer<T>> => {
    const headers = {
      authorization: `Bearer ${await tenant.token(user)}`,
      'content-type': 'application/json',
    }
    const init = { method, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) }
    const response = await harness.request(path, init)
    const text = await response.text()
    return { status: response.status, headers: response.headers, body: (text ? JSON.parse(text) : null) as T }
  }
  const connect = () =>
    call<{ id: string }>('1', 'POST', '/api/channels', {
      kind: 'cloud',
      wabaId: WABA,
      phoneNumberId: NUMBER,
      accessToken: TOKEN,
    })
  const world = {
    ...{ ...harness, ...tenant, customer, call, connect },
    /** Moves the clock, runs what was waiting for its time once, and lets everything settle. */
    pass: async (ms: number): Promise<void> => {
      harness.advance(ms)
      graph.control.advance(0)
      await runDueJobs(harness.deps, harness.boss, true)
      await drain()
    },
    /** The customer writes; answers the conversation, bound to the contact. */
    begin: async (text = 'Hello', from = customer): Promise<ConversationId> => {
      from.write({ to: NUMBER, text })
      await drain()
      const id = await newestConversation(world)
      await bind(world, id, 'contact', String(tenant.contact.id))
      return id
    },
    send: (id: string, text: string, clientId: string = crypto.randomUUID(), user = '2') =>
      call<{ id: string; status: string }>(user, 'POST', `/api/conversations/${id}/messages`, {
        clientId,
        text,
      }),
    messages: async (id: string, user = '2'): Promise<Message[]> =>
      (await call<{ items: Message[] }>(user, 'GET', `/api/conversations/${id}/messages?limit=100`)).body
        .items,
    conversation: async (id: string, user = '2'): Promise<Conversation> =>
      (await call<Conversation>(user, 'GET', `/api/conversations/${id}`)).body,
  }
  if (options.connected !== false) {
    const { status } = await connect()
    if (status !== 201) throw new Error(`connecting answered ${status}`)
  }
  return world
}

/** Another installed portal on the same server, with one contact. */
export async function addTenant(
  { deps, bitrix }: Pick<Harness, 'deps' | 'bitrix'>,
  record = { name: 'Elena', phones: [`+${CUSTOMER}`] },
) {
  const simulated = bitrix.addPortal()
  simulated.addUser({ name: 'Ada', isAdmin: true })
  simulated.addUser({ name: 'Ben' })
  simulated.beginInstall()
  const contact = simulated.addContact(record)
  const portalId = await withControl(deps.db, async ({ sql }) => {
    const [row] = await sql<{ id: string }[]>`
      select control.enter_member(${simulated.memberId}, ${newId<PortalId>()}) as id`
    return asId<PortalId>(row?.id ?? '')
  })
  await withPortal(deps.db, portalId, async (tx) => {
    await tx.orm.insert(portalTable).values({
      portalId,
      memberId: simulated.memberId,
      clientEndpoint: `${simulated.origin}/rest/`,
      oauthOrigin: 'https://oauth.bitrix.test',
      serviceUserId: '1',
      termsVersion: TERMS_VERSION,
    })
    for (const [userId, name, isAdmin] of [
      ['1', 'Ada', true],
      ['2', 'Ben', false],
    ] as const) {
      const expiresAt = new Date(deps.clock.now() + 3_600_000)
      await tx.orm.insert(portalUser).values({ portalId, userId, name, isAdmin }).onConflictDoNothing()
      await storeTokens(tx, deps, portalId, userId, { ...simulated.tokens(Number(userId)), expiresAt })
    }
  })
  const tokens = new Map<string, { token: string; sessionId: SessionId; until: Date }>()
  const open = async (userId: string) => {
    const page = { page: 'contact-tab', entity: null, conversationId: null, portalLanguage: 'en' } as const
    const code = await withPortal(deps.db, portalId, (tx) =>
      createSession(tx, deps, portalId, { ...page, userId, isAdmin: userId === '1' }),
    )
    const sessionId = asId<SessionId>(code.split('.')[1] ?? '')
    const until = new Date(deps.clock.now() + 11 * 3_600_000)
    return { sessionId, until, token: await signSessionToken(deps, { portalId, sessionId, userId }, until) }
  }
  const session = async (userId: string) => {
    const last = tokens.get(userId)
    const known = last && last.until.getTime() > deps.clock.now() ? last : await open(userId)
    tokens.set(userId, known)
    return known
  }
  return {
    simulated,
    portalId,
    contact,
    session,
    token: async (userId: string) => (await session(userId)).token,
  }
}

/** Binds a conversation to one record, as the CRM matching would. */
export async function bind(
  { deps, portalId }: Pick<World, 'deps' | 'portalId'>,
  conversationId: ConversationId,
  type: string,
  id: string,
): Promise<void> {
  await withPortal(deps.db, portalId, async ({ sql }) => {
    await sql`delete from app.binding where portal_id = ${portalId} and conversation_id = ${conversationId}`
    await sql`
      insert into app.binding (portal_id, conversation_id, entity_type, entity_id, is_owner)
      values (${portalId}, ${conversationId}, ${type}, ${id}, true)`
  })
}

async function newestConversation({
  deps,
  portalId,
}: Pick<World, 'deps' | 'portalId'>): Promise<ConversationId> {
  const [row] = await withPortal(
    deps.db,
    portalId,
    ({ sql }) => sql<{ id: ConversationId }[]>`
      select id from app.conversation where portal_id = ${portalId} order by id desc limit 1`,
  )
  if (!row) throw new Error('no conversation')
  return row.id
}
