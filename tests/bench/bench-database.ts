import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import postgres from 'postgres'
import { throughSocket } from '#db/address.ts'
import { startEmbedded } from '#db/embedded.ts'
import { migrate } from '#db/migrate.ts'
import { newId } from '#server/ids.ts'
import { NUMBER } from './bodies.ts'

export type BenchDatabase = Awaited<ReturnType<typeof startBenchDatabase>>

/** A durable embedded server with a database per name; superuser URLs, for reading past row-level security. */
export async function startBenchDatabase() {
  const dataDir = await mkdtemp(join(tmpdir(), 'wasync-bench-'))
  const embedded = await startEmbedded({ dataDir, durable: true })
  await migrate({ ownerUrl: embedded.ownerUrl, appRole: 'wasync_app' })
  const inDatabase = (url: string, name: string) => Object.assign(new URL(url), { pathname: `/${name}` }).href
  const viaSocket = (url: string) => throughSocket(url, embedded.socketFolder)
  const create = async (...statements: string[]) => {
    const sql = postgres(embedded.superUrl, { max: 1, onnotice: () => {} })
    for (const statement of statements) await sql.unsafe(statement)
    await sql.end()
  }
  return {
    /** A copy of the product's schema with one portal and one number. */
    addProduct: async (name: string) => {
      await create(
        `create database ${name} template wasync owner wasync_owner`,
        `grant connect on database ${name} to wasync_app`,
      )
      const superUrl = inDatabase(embedded.superUrl, name)
      await connectNumber(superUrl)
      return { superUrl, appUrl: inDatabase(viaSocket(embedded.appUrl), name) }
    },
    /** The table of the floor. */
    addFloor: async (name: string) => {
      await create(`create database ${name} owner wasync_owner`)
      const url = inDatabase(embedded.ownerUrl, name)
      const sql = postgres(url, { max: 1, onnotice: () => {} })
      await sql`
        create table inbox (id bigint generated always as identity primary key, wamid text not null unique,
          payload jsonb not null, received_at timestamptz not null default now())`
      await sql.end()
      return viaSocket(url)
    },
    stop: async () => {
      await embedded.stop()
      await rm(dataDir, { recursive: true, force: true })
    },
  }
}

async function connectNumber(superUrl: string): Promise<void> {
  const sql = postgres(superUrl, { max: 1, onnotice: () => {} })
  const [portalId, channelId] = [newId(), newId()]
  await sql`
    insert into app.portal (portal_id, member_id, client_endpoint, oauth_origin, service_user_id)
    values (${portalId}, 'bench', 'https://portal.test/rest/', 'https://oauth.bitrix.test', '1')`
  await sql`
    insert into app.channel (portal_id, id, kind, name, phone, waba_id, phone_number_id, status, connect_started_at, connected_at)
    values (${portalId}, ${channelId}, 'cloud', 'Bench', '+15550783881', '1', ${NUMBER}, 'connected', 'epoch', 'epoch')`
  await sql`insert into control.member_portal (member_id, portal_id) values ('bench', ${portalId})`
  await sql`
    insert into control.number_portal (phone_number_id, portal_id, channel_id, since)
    values (${NUMBER}, ${portalId}, ${channelId}, 'epoch')`
  await sql.end()
}
