import { OpenAPIHono } from '@hono/zod-openapi'
import { withControl, withPortal } from '#db/tenancy.ts'
import { createHints } from '#server/adapters/node/hints.ts'
import { createIntake } from '#server/adapters/node/intake.ts'
import { createJobs, openBoss } from '#server/adapters/node/jobs.ts'
import { createNodeSignatureCheck } from '#server/adapters/node/signature.ts'
import { createKeyring } from '#server/crypto/keyring.ts'
import { ingestWaiting } from '#server/delivery/ingest-waiting.ts'
import type { Deps } from '#server/deps.ts'
import { answerError } from '#server/http/answer-error.ts'
import type { Env } from '#server/http/env.ts'
import { mountMetaWebhook } from '#server/http/meta-webhook.ts'
import { asId, newId, type ChannelId, type PortalId } from '#server/ids.ts'
import { createLog } from '#server/log.ts'
import { createMetrics } from '#server/metrics.ts'
import { createTestDatabase } from './database.ts'
import { signBody } from './signed.ts'
import { testConfig } from './test-config.ts'
import { openTestPool, type TestPool } from './test-pool.ts'

export type Shown = {
  id: string
  conversationId: string
  channelId: string
  rev: string
  kind: string
  direction: string
  text: string | null
  status: string
  errorCode: string | null
  wamid: string | null
  sentAt: Date
  replyToId: string | null
  removed: boolean
  personId: string
  personName: string
  phone: string | null
  username: string | null
  unanswered: number
  lastInboundAt: Date | null
  lastMessageId: string | null
}
export type Connected = { portalId: PortalId; channelId: ChannelId; phoneNumberId: string }
export type InboundWorld = Awaited<ReturnType<typeof createInboundWorld>>

/** The inbound path alone over a fresh database: webhook route, intake, ingest. Numbers are connected by their rows. */
export async function createInboundWorld() {
  const database = await createTestDatabase()
  const config = testConfig()
  const lines: string[] = []
  const log = createLog({ level: 'debug', destination: { write: (line: string) => void lines.push(line) } })
  const db = openTestPool(database.appUrl, { max: 8 })
  const keyring = createKeyring(config.encryptionKeys)
  const boss = openBoss(database.appUrl, log, { work: false })
  await boss.start()
  const intake = createIntake({ db, keyring })
  const hints = await createHints(db)
  const deps: Deps & { db: TestPool } = {
    ...{ config, db, keyring, log, hints, intake },
    metrics: createMetrics(),
    clock: { now: () => Date.now() },
    http: () => Promise.reject(new Error('Inbound calls nobody.')),
    jobs: createJobs(boss),
  }
  const app = new OpenAPIHono<Env>()
  app.onError((error, c) => answerError(deps, error, c))
  mountMetaWebhook(app, deps, createNodeSignatureCheck(config.meta.appSecrets))

  const secret = config.meta.appSecrets[0] ?? ''
  const postRaw = async (
    body: string | Uint8Array<ArrayBuffer>,
    signature: string | null,
  ): Promise<Response> =>
    app.request('/webhooks/meta', {
      method: 'POST',
      body,
      headers: {
        'content-type': 'application/json',
        'content-length': String(Buffer.byteLength(body)),
        ...(signature === null ? {} : { 'x-hub-signature-256': signature }),
      },
    })
  const drain = async (): Promise<void> => {
    for (let round = 0; (await ingestWaiting(deps)) > 0; round++) {
      if (round > 500) throw new Error('Ingest does not come to rest.')
    }
  }
  return {
    ...{ deps, database, lines, boss, drain, secret, postRaw, app },
    post: (body: unknown): Promise<Response> => {
      const text = JSON.stringify(body)
      return postRaw(text, signBody(secret, text))
    },
    /** Posts bodies, all must be answered 200, and ingests them. */
    deliver: async (...bodies: unknown[]): Promise<void> => {
      for (const body of bodies) {
        const text = JSON.stringify(body)
        const { status } = await postRaw(text, signBody(secret, text))
        if (status !== 200) throw new Error(`A delivery was answered ${status}: ${lines.at(-1)}`)
      }
      await drain()
    },
    addPortal: () => addPortal(deps),
    connect: (portalId: PortalId, phoneNumberId: string, since?: Date) =>
      connectNumber(deps, portalId, phoneNumberId, since),
    shown: (portalId: PortalId) => readShown(deps, portalId),
    quarantine: () => readQuarantine(deps),
    close: async () => {
      await intake.close()
      await hints.close()
      await boss.stop({ graceful: false })
      await db.close()
      await database.drop()
    },
  }
}

async function addPortal(deps: Deps): Promise<PortalId> {
  const portalId = newId<PortalId>()
  await withPortal(
    deps.db,
    portalId,
    (tx) => tx.sql`
      insert into app.portal (portal_id, member_id, client_endpoint, oauth_origin, service_user_id)
      values (${portalId}, ${portalId}, 'https://portal.test/rest/', 'https://oauth.bitrix.test', '1')`,
  )
  await withControl(deps.db, (tx) => tx.sql`select control.enter_member(${portalId}, ${portalId})`)
  return portalId
}

async function connectNumber(
  deps: Deps,
  portalId: PortalId,
  phoneNumberId: string,
  since = new Date(0),
): Promise<Connected> {
  const channelId = newId<ChannelId>()
  await withPortal(
    deps.db,
    portalId,
    (tx) => tx.sql`
      insert into app.channel (portal_id, id, kind, name, phone, waba_id, phone_number_id, status, connect_started_at, connected_at)
      values (${portalId}, ${channelId}, 'cloud', 'Number', '+15550783881', '1', ${phoneNumberId}, 'connected', ${since}, ${since})`,
  )
  const [row] = await withControl(
    deps.db,
    (tx) =>
      tx.sql<{ taken: boolean }[]>`
        select control.take_number(${phoneNumberId}, ${portalId}, ${channelId}, ${since}) as taken`,
  )
  if (!row?.taken) throw new Error('The number belongs to another portal.')
  return { portalId, channelId, phoneNumberId }
}

function readShown(deps: Deps, portalId: PortalId): Promise<Shown[]> {
  return withPortal(
    deps.db,
    portalId,
    (tx) => tx.sql<Shown[]>`
      select m.id, m.conversation_id as "conversationId", m.channel_id as "channelId", m.rev, m.kind, m.direction, m.text,
        m.status, m.error_code as "errorCode", m.provider_id as wamid, m.sent_at as "sentAt", m.reply_to_id as "replyToId",
        m.removed, c.person_id as "personId", p.name as "personName", p.phone, p.username, c.unanswered,
        c.last_inbound_at as "lastInboundAt", c.last_message_id as "lastMessageId"
      from app.message m
      join app.conversation c on c.portal_id = m.portal_id and c.id = m.conversation_id
      join app.person p on p.portal_id = c.portal_id and p.id = c.person_id
      where m.portal_id = ${portalId} order by m.sent_at, m.order_id, m.position`,
  )
}

async function readQuarantine(
  deps: Deps & { db: TestPool },
): Promise<{ reason: string; phoneNumberId: string | null; content: unknown }[]> {
  const rows = await deps.db.sql<
    { id: string; reason: string; phoneNumberId: string | null; body: Uint8Array }[]
  >`
    select id, reason, phone_number_id as "phoneNumberId", body from control.quarantined(null, null, 1000)`
  return Promise.all(
    rows.map(async ({ id, reason, phoneNumberId, body }) => {
      const plain = await deps.keyring.open('intake', ['control', 'quarantine', 'body', id], body)
      return { reason, phoneNumberId, content: JSON.parse(new TextDecoder().decode(plain)) as unknown }
    }),
  )
}

/** An id from a test's own text. */
export const idFrom = asId
