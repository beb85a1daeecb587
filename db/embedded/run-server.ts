import { closeSync, fstatSync, openSync } from 'node:fs'
import { readFile, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import postgres from 'postgres'
import { findPostmaster } from './postmaster.ts'
import { exitOf, spawnProgram } from './run-program.ts'
import { prepareSocketFolder } from './socket-folder.ts'
import type { Launch } from './run-program.ts'

export type ServerOptions = { durable: boolean; port?: number | undefined; urlFor: (port: number) => string }

const settings = (durable: boolean, port: number, socketFolder: string | null): string[] => {
  const always = {
    port,
    listen_addresses: '127.0.0.1',
    unix_socket_directories: socketFolder ? `"${socketFolder}"` : '',
    max_connections: durable ? 100 : 200,
    shared_buffers: '64MB',
    timezone: 'UTC',
    log_timezone: 'UTC',
    jit: 'off',
    // A database that begins empty is planned by guesses until it was first looked at.
    autovacuum_naptime: '5s',
    // Failed statements and their details quote what people wrote; the caller gets the error, the log file does not.
    log_min_messages: 'log',
    log_min_error_statement: 'panic',
    log_error_verbosity: 'terse',
  }
  const careless = { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' }
  const all = durable ? always : { ...always, ...careless }
  return Object.entries(all).flatMap(([name, value]) => ['-c', `${name}=${value}`])
}

const isFree = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const probe = createServer()
    probe.once('error', () => resolve(false))
    probe.listen({ port, host: '127.0.0.1' }, () => probe.close(() => resolve(true)))
  })

const freePort = (): Promise<number> =>
  new Promise((resolve, reject) => {
    const probe = createServer()
    probe.once('error', reject)
    probe.listen({ port: 0, host: '127.0.0.1' }, () => {
      const address = probe.address()
      probe.close(() => resolve(typeof address === 'object' && address ? address.port : 0))
    })
  })

const choosePort = async (folder: string, wanted: number | undefined): Promise<number> => {
  if (wanted !== undefined) return wanted
  const remembered = Number(await readFile(join(folder, 'port'), 'utf8').catch(() => '0'))
  return remembered > 0 && (await isFree(remembered)) ? remembered : freePort()
}

const answers = async (url: string): Promise<boolean> => {
  const sql = postgres(url, { max: 1, connect_timeout: 5, onnotice: () => {} })
  try {
    await sql`select 1`
    return true
  } catch {
    return false
  } finally {
    await sql.end({ timeout: 1 })
  }
}

type Outcome = { ok: true } | { ok: false; reason: string }

const MAX_LOG_BYTES = 5_000_000

const openLog = (path: string): { fd: number; start: number } => {
  const fd = openSync(path, 'a', 0o600)
  const start = fstatSync(fd).size
  if (start < MAX_LOG_BYTES) return { fd, start }
  closeSync(fd)
  return { fd: openSync(path, 'w', 0o600), start: 0 }
}

const launchOnce = async (launch: Launch, port: number, options: ServerOptions): Promise<Outcome> => {
  const logPath = join(launch.folder, 'server.log')
  const log = openLog(logPath)
  const socketFolder = prepareSocketFolder(launch)
  const args = ['-D', join(launch.folder, 'data'), ...settings(options.durable, port, socketFolder)]
  const child = spawnProgram(launch, launch.binaries.postgres, args, log.fd)
  closeSync(log.fd)
  let exit: number | string | undefined
  const exited = exitOf(child).then((code) => (exit = code))
  // Recovery after a crash may take long; as long as the process lives there is hope.
  while (exit === undefined && !(await answers(options.urlFor(port)))) await Promise.race([sleep(20), exited])
  child.unref()
  if (exit === undefined) return { ok: true }
  const text = (await readFile(logPath)).subarray(log.start).toString('utf8')
  const fatal = text.split('\n').findLast((line) => /FATAL|PANIC|error/.test(line))
  return { ok: false, reason: fatal ?? `postgres ended with ${exit}` }
}

/** Reuses the running server of this folder or starts one; resolves with its port once it takes connections. */
export const runServer = async (launch: Launch, options: ServerOptions): Promise<number> => {
  // A postmaster that was just killed leaves children and a number that is not reaped yet: try again for a while.
  const giveUpAt = performance.now() + 20_000
  for (let reason = 'it does not answer'; ; await sleep(200)) {
    const running = findPostmaster(launch.folder)
    if (running) {
      if (await answers(options.urlFor(running.port))) return running.port
    } else {
      const port = await choosePort(launch.folder, options.port)
      const outcome = await launchOnce(launch, port, options)
      if (outcome.ok) {
        await writeFile(join(launch.folder, 'port'), `${port}\n`)
        return port
      }
      reason = outcome.reason
    }
    if (performance.now() > giveUpAt)
      throw new Error(`PostgreSQL in ${launch.folder} does not start: ${reason}`)
  }
}
