import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'

const WRANGLER = resolve('node_modules/wrangler/bin/wrangler.js')
const READY_MS = 45_000
const STOP_MS = 10_000

export type StartedWorker = { origin: string; output(): string; stop(): Promise<void> }

/** Starts server/worker.ts in workerd on a free port: `vars` are its variables, `databaseUrl` is behind its Hyperdrive binding. */
export async function startWorker(vars: Record<string, string>, databaseUrl: string): Promise<StartedWorker> {
  const home = await mkdtemp(join(tmpdir(), 'wasync-worker-'))
  const envFile = join(home, 'vars.env')
  const lines = Object.entries(vars).map(([name, value]) => `${name}='${value}'`)
  await writeFile(envFile, lines.join('\n'), { mode: 0o600 })
  const args = ['dev', '--local', '--ip=127.0.0.1', '--port=0', '--inspector-port=0', `--env-file=${envFile}`]
  const child = spawn(process.execPath, [WRANGLER, ...args, `--persist-to=${join(home, 'state')}`], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...offline(home), CLOUDFLARE_HYPERDRIVE_LOCAL_CONNECTION_STRING_HYPERDRIVE: databaseUrl },
  })
  let output = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text))
  child.stderr.setEncoding('utf8').on('data', (text: string) => (output += text))
  const stop = async () => {
    await end(child)
    await rm(home, { recursive: true, force: true })
  }
  try {
    const origin = await readyAt(child, () => output)
    return { origin, output: () => output, stop }
  } catch (error) {
    await stop()
    throw error
  }
}

// Nothing of the developer's own login or variables, and no request to the outside.
function offline(home: string): Record<string, string> {
  return {
    ...{ PATH: process.env.PATH ?? '', HOME: home, XDG_CONFIG_HOME: home, CI: 'true' },
    ...{ WRANGLER_SEND_METRICS: 'false', WRANGLER_SEND_ERROR_REPORTS: 'false', WRANGLER_HIDE_BANNER: 'true' },
    ...{ CLOUDFLARE_CF_FETCH_ENABLED: 'false', WRANGLER_WRITE_LOGS: 'false' },
  }
}

async function readyAt(child: ChildProcess, output: () => string): Promise<string> {
  const until = Date.now() + READY_MS
  while (Date.now() < until && child.exitCode === null) {
    const [origin] = /http:\/\/127\.0\.0\.1:\d+/.exec(output().split('Ready on').at(1) ?? '') ?? []
    if (origin) return origin
    await new Promise((again) => setTimeout(again, 50))
  }
  throw new Error(`The Worker did not start:\n${output()}`)
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const ended = once(child, 'exit')
  child.kill('SIGTERM')
  const timer = setTimeout(() => child.kill('SIGKILL'), STOP_MS)
  await ended
  clearTimeout(timer)
}
