import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { chmod, chown, mkdir, mkdtemp, readFile, realpath, rm, stat, writeFile } from 'node:fs/promises'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import postgres from 'postgres'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { z } from 'zod'
import { throughSocket } from '#db/address.ts'
import { connect } from '#db/client.ts'
import { startEmbedded, type Embedded } from '#db/embedded.ts'
import { findPostmaster, stopPostmaster } from '../../db/embedded/postmaster.ts'

const HOLDER = fileURLToPath(new URL('../support/hold-embedded.ts', import.meta.url))
const urls = z.object({ superUrl: z.string(), ownerUrl: z.string(), appUrl: z.string(), port: z.number() })

type Holder = { child: ChildProcess; port: number; ownerUrl: string; appUrl: string }

let base: string
let dataDir: string

beforeEach(async () => {
  base = await realpath(await mkdtemp(join(tmpdir(), 'wasync embedded ')))
  await chmod(base, 0o755)
  dataDir = join(base, 'my data')
})

afterEach(async () => {
  await stopPostmaster(join(dataDir, 'postgres'))
  await rm(base, { recursive: true, force: true })
})

const hold = async (prefix: string[] = [], durability = 'fast'): Promise<Holder> => {
  const [command = process.execPath, ...args] = [...prefix, process.execPath, HOLDER, dataDir, durability]
  const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'inherit'] })
  const [line]: unknown[] = await once(child.stdout.setEncoding('utf8'), 'data')
  return { child, ...urls.parse(JSON.parse(String(line))) }
}

const letGo = async ({ child }: Holder): Promise<void> => {
  child.stdin?.write('stop\n')
  await once(child, 'exit')
}

const killHard = async ({ child }: Holder): Promise<void> => {
  child.kill('SIGKILL')
  await once(child, 'exit')
}

const query = async (url: string, text: string): Promise<unknown[]> => {
  const sql = postgres(url, { max: 1, onnotice: () => {} })
  try {
    return await sql.unsafe(text)
  } finally {
    await sql.end()
  }
}

const running = (): number | undefined => findPostmaster(join(dataDir, 'postgres'))?.pid

test('a start after kill -9 of the parent joins the server that is still running', async () => {
  const first = await hold()
  await query(first.ownerUrl, 'create table kept (id int); insert into kept values (7)')
  const pid = running()
  await killHard(first)
  expect(running()).toBe(pid)
  const second = await startEmbedded({ dataDir, durable: false })
  expect(second.port).toBe(first.port)
  expect(running()).toBe(pid)
  expect(await query(second.ownerUrl, 'select id from kept')).toEqual([{ id: 7 }])
  await second.stop()
  expect(running()).toBeUndefined()
})

test('a start after kill -9 of parent and database recovers what was committed', async () => {
  const first = await hold([], 'durable')
  await query(first.ownerUrl, 'create table kept (id int); insert into kept values (7)')
  process.kill(running() ?? 0, 'SIGKILL')
  await killHard(first)
  const second = await startEmbedded({ dataDir, durable: false })
  expect(second.port).toBe(first.port)
  expect(await query(second.ownerUrl, 'select id from kept')).toEqual([{ id: 7 }])
  await second.stop()
})

test('a pid file whose number belongs to another program now does not stop the start', async () => {
  const first = await startEmbedded({ dataDir, durable: false })
  const pidFile = join(dataDir, 'postgres', 'data', 'postmaster.pid')
  const lines = (await readFile(pidFile, 'utf8')).split('\n')
  await first.stop()
  await writeFile(pidFile, [process.pid, ...lines.slice(1)].join('\n'))
  const second = await startEmbedded({ dataDir, durable: false })
  expect(await query(second.appUrl, 'select 1 as one')).toEqual([{ one: 1 }])
  await second.stop()
})

const throughIts = (server: Embedded, url: string): string => {
  if (!server.socketFolder) throw new Error('the server has no Unix socket')
  return throughSocket(url, server.socketFolder)
}
const queryApp = async (url: string): Promise<unknown[]> => {
  const { sql } = connect(url, { max: 1 })
  try {
    return [...(await sql`select current_user as role, inet_client_addr() as address`)]
  } finally {
    await sql.end()
  }
}

test('the Unix socket asks for the password too, also after a kill whose number another program has now', async () => {
  const first = await hold()
  process.kill(running() ?? 0, 'SIGKILL')
  await killHard(first)
  const { uid, gid } = await stat(join(dataDir, 'postgres', 'data'))
  const other = spawn('sleep', ['60'], process.getuid?.() === 0 ? { uid, gid } : {})
  const lock = join(dataDir, 'postgres', 'socket', `.s.PGSQL.${first.port}.lock`)
  await writeFile(lock, `${other.pid}\n`)
  const second = await startEmbedded({ dataDir, durable: false })
  const url = throughIts(second, second.appUrl)
  expect(await queryApp(url)).toEqual([{ role: 'wasync_app', address: null }])
  const wrong = Object.assign(new URL(url), { password: 'guess' }).href
  await expect(queryApp(wrong)).rejects.toThrow('password authentication failed')
  await second.stop()
  other.kill()
})

test('a folder whose path is too long for a Unix socket is served over the loopback address', async () => {
  const server = await startEmbedded({ dataDir: join(dataDir, 'deep '.repeat(20)), durable: false })
  expect(server.socketFolder).toBeNull()
  expect(await query(server.appUrl, 'select 1 as one')).toEqual([{ one: 1 }])
  await server.stop()
})

test('two processes that start together share one server, and the last to leave stops it', async () => {
  const [one, two] = await Promise.all([hold(), hold()])
  expect(one.port).toBe(two.port)
  await letGo(one)
  expect(await query(two.appUrl, 'select 1 as one')).toEqual([{ one: 1 }])
  await letGo(two)
  expect(running()).toBeUndefined()
})

test('the roles own what they should, and the passwords are readable by their user only', async () => {
  const server = await startEmbedded({ dataDir, durable: false })
  const roles = await query(
    server.superUrl,
    `select rolname, rolsuper or rolbypassrls or rolcreatedb or rolcreaterole as mighty
     from pg_roles where rolname like 'wasync%' order by 1`,
  )
  expect(roles).toEqual([
    { rolname: 'wasync_app', mighty: false },
    { rolname: 'wasync_owner', mighty: false },
  ])
  await expect(query(server.appUrl, 'create table mine (id int)')).rejects.toThrow('permission denied')
  expect(await query(server.ownerUrl, "select lower('ПРИВЕТ') as low")).toEqual([{ low: 'привет' }])
  expect((await stat(join(dataDir, 'postgres', 'passwords.json'))).mode & 0o777).toBe(0o600)
  await server.stop()
})

test('a remembered port that somebody else took is replaced', async () => {
  const first = await startEmbedded({ dataDir, durable: false })
  await first.stop()
  const squatter = createServer().listen(first.port, '127.0.0.1')
  await once(squatter, 'listening')
  const second = await startEmbedded({ dataDir, durable: false })
  expect(second.port).not.toBe(first.port)
  await second.stop()
  squatter.close()
})

test('root can use a folder that is closed to everybody else', async () => {
  await mkdir(dataDir)
  await chmod(base, 0o700)
  const server = await startEmbedded({ dataDir, durable: false })
  expect(await query(server.appUrl, 'select 1 as one')).toEqual([{ one: 1 }])
  await server.stop()
})

// As root the test becomes user 65534, keeping the right to read the checkout wherever it lies.
const AS_NOBODY = ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups']
const READ_ANYWHERE = ['--inh-caps=+dac_read_search', '--ambient-caps=+dac_read_search']

test('an ordinary user starts, stops and starts again', async () => {
  await mkdir(dataDir)
  const isRoot = process.getuid?.() === 0
  if (isRoot) await chown(dataDir, 65534, 65534)
  const prefix = isRoot ? [...AS_NOBODY, ...READ_ANYWHERE] : []
  const first = await hold(prefix)
  await letGo(first)
  expect(running()).toBeUndefined()
  const second = await hold(prefix)
  expect(second.port).toBe(first.port)
  await letGo(second)
})
