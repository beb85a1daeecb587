import { spawn, type ChildProcess } from 'node:child_process'
import { createServer } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { TEST_ENV } from './test-config.ts'

const STARTER = fileURLToPath(new URL('../../server/start.mjs', import.meta.url))
const READY_WITHIN_MS = 30_000

type Env = Record<string, string | undefined>
export type RealServer = {
  origin: string
  port: number
  /** The lines of its log so far. */
  lines(): Record<string, unknown>[]
  /** SIGTERM; answers the exit code. */
  stop(): Promise<number | null>
  /** kill -9. */
  kill(): Promise<void>
}

/** A port nobody listens on at the moment. */
export function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const address = server.address()
      const port = typeof address === 'object' && address ? address.port : 0
      server.close(() => resolve(port))
    })
  })
}

function startChild(env: Env): { child: ChildProcess; said: { out: string; err: string } } {
  const child = spawn(process.execPath, ['--max-semi-space-size=16', STARTER, 'node.ts'], {
    stdio: ['ignore', 'pipe', 'pipe'],
    // Nothing of the environment of whoever runs the tests; an empty value counts as unset.
    env: { PATH: process.env['PATH'], HOST: '127.0.0.1', ...TEST_ENV, ...env },
  })
  const said = { out: '', err: '' }
  child.stdout?.on('data', (data: Buffer) => void (said.out += data.toString()))
  child.stderr?.on('data', (data: Buffer) => void (said.err += data.toString()))
  return { child, said }
}

const ended = (child: ChildProcess): Promise<number | null> =>
  new Promise((resolve) => {
    if (child.exitCode !== null || child.signalCode !== null) resolve(child.exitCode)
    else child.once('close', (code) => resolve(code))
  })

/** The server as an operator starts it, as a process of its own; resolves when it is ready. Throws what it said when it does not get there. */
export async function startServer(env: Env, port: number): Promise<RealServer> {
  const origin = `http://127.0.0.1:${port}`
  const { child, said } = startChild({ PUBLIC_URL: origin, PORT: String(port), ...env })
  const end = async (signal: 'SIGTERM' | 'SIGKILL') => {
    const gone = ended(child)
    child.kill(signal)
    return gone
  }
  const until = Date.now() + READY_WITHIN_MS
  for (let ready = false; !ready;) {
    if (child.exitCode !== null || Date.now() > until) {
      await end('SIGKILL')
      throw new Error(`The server did not start: ${said.err}`)
    }
    await sleep(25)
    ready = await fetch(`${origin}/readyz`).then(
      ({ ok }) => ok,
      () => false,
    )
  }
  return {
    ...{ origin, port },
    lines: () =>
      said.out
        .slice(0, said.out.lastIndexOf('\n') + 1)
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => JSON.parse(line) as Record<string, unknown>),
    stop: () => end('SIGTERM'),
    kill: async () => void (await end('SIGKILL')),
  }
}

/** A start that is expected to be refused: the exit code and everything that was said. */
export async function startRefused(env: Env): Promise<{ code: number | null; out: string; err: string }> {
  const { child, said } = startChild({ PORT: '0', ...env })
  const timer = setTimeout(() => child.kill('SIGKILL'), READY_WITHIN_MS)
  const code = await ended(child)
  clearTimeout(timer)
  return { code, ...said }
}
