import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestProject } from 'vitest/node'
import { startEmbedded } from '#db/embedded.ts'
import type { Embedded } from '#db/embedded.ts'
import { migrate } from '#db/migrate.ts'

declare module 'vitest' {
  export interface ProvidedContext {
    /** Connection strings of the run's server; its database `wasync` is the migrated template. */
    database: { superUrl: string; ownerUrl: string; appUrl: string }
  }
}

type Server = { embedded: Embedded; stop(): Promise<void> }
type Shared = { users: number; server: Promise<Server> }

declare global {
  var wasyncTestServer: Shared | undefined
}

const start = async (): Promise<Server> => {
  const dataDir = await mkdtemp(join(tmpdir(), 'wasync-test-'))
  const embedded = await startEmbedded({ dataDir, durable: false })
  const stop = async (): Promise<void> => {
    await embedded.stop()
    await rm(dataDir, { recursive: true, force: true })
  }
  try {
    await migrate({ ownerUrl: embedded.ownerUrl, appRole: 'wasync_app' })
    return { embedded, stop }
  } catch (error) {
    await stop()
    throw error
  }
}

/** One server for the whole run: every project calls this in the same process, the last one to leave stops it. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const shared = (globalThis.wasyncTestServer ??= { users: 0, server: start() })
  shared.users += 1
  const { embedded, stop } = await shared.server
  const { superUrl, ownerUrl, appUrl } = embedded
  project.provide('database', { superUrl, ownerUrl, appUrl })
  return async () => {
    shared.users -= 1
    if (shared.users > 0) return
    globalThis.wasyncTestServer = undefined
    await stop()
  }
}
