import { writeFileSync } from 'node:fs'
import postgres from 'postgres'

export type Thread = { portalId: string; conversationId: string }
export type Threads = { portals: string[]; threads: Thread[]; long: Thread }

const LONG = 20_000
const EACH = 50

/** Fills a product database with portals, conversations of 50 messages each and one of 20,000; everything is bound to company 1 of its portal. */
export async function seedThreads(
  superUrl: string,
  file: string,
  size: { portals: number; messages: number },
): Promise<Threads> {
  const sql = postgres(superUrl, { max: 1, onnotice: () => {} })
  const conversations = Math.max(1, Math.round(size.messages / size.portals / EACH))
  await sql`create table seed as
    select n, uuidv7() as portal_id, uuidv7() as channel_id from generate_series(2, ${size.portals + 1}) n`
  await sql`create table seed_thread as
    select s.*, c, uuidv7() as conversation_id, uuidv7() as person_id,
      case when s.n = 2 and c = 1 then ${LONG}::int else ${EACH}::int end as messages
    from seed s, generate_series(1, ${conversations}::int) c`
  await sql`insert into app.portal (portal_id, member_id, client_endpoint, oauth_origin, service_user_id)
    select portal_id, 'bench-' || n, 'https://portal-' || n || '.bitrix24.test/rest/', 'https://oauth.bitrix.test', '1' from seed`
  await sql`insert into app.channel (portal_id, id, kind, name, phone, waba_id, phone_number_id, status, connect_started_at, connected_at)
    select portal_id, channel_id, 'cloud', 'Bench', '+1555' || n, '1', 'bench-' || n, 'connected', 'epoch', 'epoch' from seed`
  await sql`insert into app.person (portal_id, id, name, phone) select portal_id, person_id, 'Person ' || c, '1650' || c from seed_thread`
  await sql`insert into app.conversation (portal_id, id, channel_id, person_id, rev, last_inbound_at, last_message_at)
    select portal_id, conversation_id, channel_id, person_id, messages, now(), now() from seed_thread`
  await sql`insert into app.binding (portal_id, conversation_id, entity_type, entity_id, is_owner)
    select portal_id, conversation_id, 'company', '1', true from seed_thread`
  await sql`insert into app.message (portal_id, id, conversation_id, channel_id, rev, direction, kind, text, status,
      author_kind, author_id, author_name, sent_at, order_id, provider_id)
    select portal_id, uuidv7(), conversation_id, channel_id, k, case when k % 3 = 0 then 'out' else 'in' end, 'text',
      'Message ' || k || ' about the order, the blue one in size M, and when it will be there',
      case when k % 3 = 0 then 'read' else 'received' end, case when k % 3 = 0 then 'user' else 'customer' end,
      case when k % 3 = 0 then '1' end, case when k % 3 = 0 then 'Ada' else 'Person ' || c end,
      now() - make_interval(secs => (messages - k) * 60), uuidv7(), 'wamid.' || n || '.' || c || '.' || k
    from seed_thread, generate_series(1, messages) k`
  await sql`vacuum analyze`
  const threads = await sql<Thread[]>`
    select portal_id as "portalId", conversation_id as "conversationId" from seed_thread order by n, c`
  const portals = await sql<{ id: string }[]>`select portal_id as id from seed order by n`
  await sql.end()
  const [long] = threads
  if (!long) throw new Error('nothing was seeded')
  const seeded = { portals: portals.map(({ id }) => id), threads: [...threads], long }
  writeFileSync(file, JSON.stringify(seeded.portals))
  return seeded
}
