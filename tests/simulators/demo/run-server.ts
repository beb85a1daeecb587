import { spawn, type ChildProcess } from 'node:child_process'
import { createWriteStream } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import type { DemoSettings } from './settings.ts'

const STARTER = fileURLToPath(new URL('../../../server/start.mjs', import.meta.url))
const READY_WITHIN_MS = 60_000

export type DemoSecrets = {
  clientId: string
  clientSecret: string
  appId: string
  appSecret: string
  verifyToken: string
}

/** Starts the real server as it would run anywhere, told where the simulators are. Its log goes to a file. Throws when it does not get ready. */
export async function runServer(
  settings: DemoSettings,
  secrets: DemoSecrets,
): Promise<{ stop(): Promise<void> }> {
  const { ports, folder } = settings
  const log = createWriteStream(join(folder, 'server.log'), { flags: 'a' })
  const child = spawn(process.execPath, [STARTER, 'node.ts'], {
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    env: {
      PATH: process.env['PATH'],
      // Ends with us, whatever happens to us.
      WASYNC_STARTER: String(process.pid),
      PORT: String(ports.inner),
      HOST: '127.0.0.1',
      PUBLIC_URL: `http://127.0.0.1:${ports.app}`,
      DATA_DIR: folder,
      ENCRYPTION_KEYS: settings.encryptionKey,
      BITRIX24_CLIENT_ID: secrets.clientId,
      BITRIX24_CLIENT_SECRET: secrets.clientSecret,
      BITRIX24_OAUTH_ORIGINS: `http://127.0.0.1:${ports.portal}`,
      META_APP_ID: secrets.appId,
      META_APP_SECRET: secrets.appSecret,
      META_VERIFY_TOKEN: secrets.verifyToken,
      META_GRAPH_URL: `http://127.0.0.1:${ports.graph}`,
      ALLOW_PRIVATE_UPSTREAMS: 'true',
    },
  })
  child.stdout?.pipe(log)
  child.stderr?.pipe(log)
  child.stderr?.pipe(process.stderr)
  await ready(child, ports.inner)
  return { stop: () => stopChild(child) }
}

async function ready(child: ChildProcess, port: number): Promise<void> {
  const until = Date.now() + READY_WITHIN_MS
  while (Date.now() < until) {
    if (child.exitCode !== null) throw new Error('The server did not start; see the lines above.')
    const answer = await fetch(`http://127.0.0.1:${port}/readyz`).catch(() => undefined)
    if (answer?.ok) return
    await sleep(100)
  }
  await stopChild(child)
  throw new Error('The server did not get ready within a minute.')
}

function stopChild(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return Promise.resolve()
  const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  child.kill('SIGTERM')
  return gone
}
