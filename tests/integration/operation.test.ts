import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import postgres from 'postgres'
import { openPool } from '#db/pool.ts'
import { createNodeApp, surroundings } from '#server/adapters/node/serve.ts'
import type { Deps } from '#server/deps.ts'
import { createWorld, type World } from '../support/conversation-world.ts'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'
import { deliveryBody, inboundText } from '../support/make.ts'
import { startRefused } from '../support/real-server.ts'
import {
  createRealWorld,
  openConversations,
  REAL_NUMBER,
  REAL_SECRET,
  type RealWorld,
} from '../support/real-world.ts'
import { signBody } from '../support/signed.ts'

const asSuperuser = async <T>(url: string, work: (sql: postgres.Sql) => Promise<T>): Promise<T> => {
  const sql = postgres(url, { max: 1, onnotice: () => {} })
  return work(sql).finally(() => sql.end({ timeout: 5 }))
}
const forgetMigration = (url: string) =>
  asSuperuser(url, async (sql) => {
    await sql`delete from drizzle.__drizzle_migrations where id = (select max(id) from drizzle.__drizzle_migrations)`
  })

describe('what an operator asks', () => {
  let world: World
  beforeAll(async () => {
    world = await createWorld()
    const id = await world.begin()
    await world.send(id, 'Measured')
    await world.drain()
  })
  afterAll(() => world.close())

  const get = (
    path: string,
    headers: Record<string, string> = {},
    deps: Deps = world.deps,
    peer = '127.0.0.1',
  ) =>
    Promise.resolve(createNodeApp(deps, { ...surroundings(), peer: () => peer }).request(path, { headers }))

  test('it lives and is ready', async () => {
    expect((await get('/healthz')).status).toBe(200)
    expect((await get('/readyz')).status).toBe(200)
  })

  test('without its database it lives and is not ready', async () => {
    const db = openPool('postgres://nobody:nothing@127.0.0.1:1/none', { max: 1 })
    const deps = { ...world.deps, db }
    expect([(await get('/healthz', {}, deps)).status, (await get('/readyz', {}, deps)).status]).toEqual([
      200, 503,
    ])
    await db.close()
  })

  test('without the last migration it is not ready', async () => {
    const other = await createTestDatabase()
    await forgetMigration(other.superUrl)
    const db = openPool(other.appUrl, { max: 1 })
    expect((await get('/readyz', {}, { ...world.deps, db })).status).toBe(503)
    await db.close()
    await other.drop()
  })

  test('the numbers tell deliveries, lag, sends, portal calls and waits, and depth, and hold no id', async () => {
    const text = await (await get('/metrics')).text()
    const value = (series: string) =>
      Number(
        text
          .split('\n')
          .find((line) => line.startsWith(series))
          ?.split(' ')
          .at(-1) ?? NaN,
      )
    expect(value('wasync_deliveries_total{answer="200"}')).toBeGreaterThan(0)
    expect(value('wasync_ingest_lag_seconds_count')).toBeGreaterThan(0)
    expect(value('wasync_sends_total{result="accepted"}')).toBe(1)
    expect(value('wasync_portal_calls_total{code=')).toBeGreaterThan(0)
    expect(value('wasync_intake_waiting')).toBe(0)
    expect(value('wasync_jobs_waiting{queue="whatsapp.send"}')).toBeGreaterThanOrEqual(0)
    for (const name of ['portal_wait_seconds', 'send_lag_seconds', 'http_request_seconds'])
      expect(text).toContain(`# TYPE wasync_${name} histogram`)
    expect(text).not.toMatch(/[0-9a-f]{8}-[0-9a-f]{4}-|wamid|15550101234|LEAK_PROBE/)
  })

  test('the numbers are for this machine only, and for nobody behind a proxy', async () => {
    const status = async (headers: Record<string, string>, peer?: string) =>
      (await get('/metrics', headers, world.deps, peer)).status
    for (const peer of ['127.0.0.1', '::1', '::ffff:127.0.0.1']) expect(await status({}, peer)).toBe(200)
    expect(await status({ 'x-forwarded-for': '127.0.0.1' })).toBe(403)
    expect(await status({ forwarded: 'for=127.0.0.1' })).toBe(403)
    expect(await status({}, '10.0.0.7')).toBe(403)
    expect(await status({ authorization: 'Bearer ' }, '10.0.0.7')).toBe(403)
  })

  test('with a token the numbers are for whoever has it, from anywhere, and for nobody else', async () => {
    const deps = { ...world.deps, config: { ...world.deps.config, metricsToken: 'LEAK_PROBE_metrics' } }
    const status = async (authorization: string | undefined, peer: string) =>
      (
        await get(
          '/metrics',
          { 'x-forwarded-for': '::1', ...(authorization && { authorization }) },
          deps,
          peer,
        )
      ).status
    expect(await status('Bearer LEAK_PROBE_metrics', '10.0.0.7')).toBe(200)
    for (const wrong of [undefined, 'Bearer', 'Bearer x', 'LEAK_PROBE_metrics', 'Bearer LEAK_PROBE_metrics2'])
      expect(await status(wrong, '127.0.0.1'), wrong).toBe(403)
  })
})

describe('a server of its own', () => {
  let database: TestDatabase
  let world: RealWorld
  beforeAll(async () => {
    database = await createTestDatabase()
    world = await createRealWorld(database.appUrl)
  }, 60_000)
  afterAll(async () => {
    await world.close()
    await database.drop()
  })

  const post = async (wamid: string): Promise<number> => {
    const from = '15550107777'
    const change = inboundText({ phoneNumberId: REAL_NUMBER, from, wamid, text: `LEAK_PROBE_text ${wamid}` })
    const body = JSON.stringify(deliveryBody([change]))
    const headers = { 'x-hub-signature-256': signBody(REAL_SECRET, body) }
    const answer = await fetch(`${world.origin}/webhooks/meta`, { method: 'POST', body, headers }).catch(
      () => null,
    )
    await answer?.arrayBuffer()
    return answer?.status ?? 0
  }
  const shown = async (): Promise<string[]> =>
    asSuperuser(database.superUrl, async (sql) => {
      const rows = await sql<
        { id: string }[]
      >`select provider_id as id from app.message where direction = 'in'`
      return rows.map(({ id }) => id)
    })

  test('stopped while posts and sends arrive, it ends in order and loses nothing it said yes to', async () => {
    const [conversation = ''] = await openConversations(world, 1)
    const acked: string[] = []
    const intents: string[] = []
    let refused = 0
    const flood = async (client: number) => {
      for (let n = 0; refused < 8; n++) {
        const id = `wamid.STOP${client}x${n}`
        const status = await post(id)
        if (status === 200) acked.push(id)
        else refused++
      }
    }
    const say = async () => {
      for (let n = 0; refused < 8; n++) {
        const intent = { clientId: crypto.randomUUID(), text: `Intent ${n}` }
        const path = `/api/conversations/${conversation}/messages`
        const answer = await world.call('POST', path, intent).catch(() => ({ status: 0 }))
        if (answer.status === 202) intents.push(intent.text)
      }
    }
    const running = Promise.all([...Array.from({ length: 8 }, (_, client) => flood(client)), say()])
    await expect.poll(() => acked.length, { timeout: 15_000 }).toBeGreaterThan(150)
    const first = world.server()
    expect(await first.stop()).toBe(0)
    await running
    const requests = first.lines().filter(({ event }) => event === 'request')
    expect(new Set(requests.map(({ requestId }) => requestId)).size).toBe(requests.length)
    const taken = requests.filter(({ route, status }) => route === '/webhooks/meta' && status === 200)
    // The customer's own first message, and those here.
    expect(taken.length).toBeGreaterThanOrEqual(acked.length + 1)
    // Written last, as the process was ending.
    expect(first.lines().map(({ event }) => event)).toContain('stopping')
    const jobs = first.lines().filter(({ event, code }) => event === 'job' && code === 'done')
    const done = await asSuperuser(
      database.superUrl,
      (sql) => sql`select id from jobs.job where state = 'completed'`,
    )
    expect(jobs.length).toBe(done.length)
    expect(JSON.stringify(first.lines())).not.toMatch(/LEAK_PROBE|wamid|1555010|Intent|Person/)
    await world.restart()
    const lost = async () => {
      const there = new Set(await shown())
      return acked.filter((id) => !there.has(id))
    }
    await expect.poll(lost, { timeout: 15_000 }).toEqual([])
    const accepted = () => world.graph.sends.filter(({ wamid }) => wamid !== null).map(({ text }) => text)
    await expect
      .poll(() => intents.filter((text) => !accepted().includes(text)), { timeout: 15_000 })
      .toEqual([])
    expect(accepted()).toEqual([...new Set(accepted())])
    expect((await shown()).length).toBe(new Set(await shown()).size)
  })
  test('another key, no key and a role above the rules are refused, each with one line', async () => {
    const key = (id: string, byte: number) => `${id}:${Buffer.alloc(32, byte).toString('base64url')}`
    const cases = {
      'ENCRYPTION_KEYS: the key "test" is still in use and missing': { ENCRYPTION_KEYS: key('other', 9) },
      'ENCRYPTION_KEYS: the key "test" is not the one that was used under this id': {
        ENCRYPTION_KEYS: key('test', 9),
      },
      'DATABASE_URL: the role postgres bypasses row-level security; use a role that owns nothing': {
        DATABASE_URL: database.superUrl,
      },
    }
    for (const [line, env] of Object.entries(cases)) {
      const { code, err } = await startRefused({ ...world.env, ...env })
      expect([code, err]).toEqual([1, `${line}\n`])
    }
  })
})

describe('a start that cannot go well', () => {
  const refuse = async (env: Record<string, string>, ...names: string[]) => {
    const { code, out, err } = await startRefused(env)
    const lines = err.trimEnd().split('\n')
    expect([code, out]).toEqual([1, ''])
    expect(lines.length, err).toBe(names.length)
    for (const [index, name] of names.entries()) expect(lines[index]).toContain(name)
    for (const value of Object.values(env)) if (value.includes('LEAK')) expect(err).not.toContain(value)
    expect(err).not.toMatch(/LEAK_PROBE|\bat .*:\d+/)
  }

  test('tells each wrong or missing value by its name, one line each, and never the value', async () => {
    await refuse(
      {
        ...{
          PUBLIC_URL: 'http://LEAK_PROBE_host.test',
          ENCRYPTION_KEYS: 'LEAK_PROBE_keys',
          PORT: 'LEAK_PROBE_port',
        },
        ...{ META_VERIFY_TOKEN: '', DATABASE_URL: 'mysql://LEAK_PROBE_password@127.0.0.1/x' },
      },
      ...['PORT', 'PUBLIC_URL', 'DATABASE_URL', 'ENCRYPTION_KEYS', 'META_VERIFY_TOKEN is missing'],
    )
  })

  test('refuses the switch for tests in production', async () => {
    await refuse({ ALLOW_PRIVATE_UPSTREAMS: 'true', NODE_ENV: 'production' }, 'ALLOW_PRIVATE_UPSTREAMS')
  })

  test('says in one line that the database is away, or refuses the password', async () => {
    await refuse({ DATABASE_URL: 'postgres://app:LEAK_PROBE_password@127.0.0.1:1/x' }, 'DATABASE_URL')
  })

  test('says in one line that the schema is old and nobody may change it', async () => {
    const old = await createTestDatabase()
    await forgetMigration(old.superUrl)
    await refuse({ DATABASE_URL: old.appUrl }, 'DATABASE_OWNER_URL: the schema is not up to date')
    await old.drop()
  })
})
