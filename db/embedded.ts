import { chmodSync, existsSync, mkdirSync, realpathSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { findBinaries } from './embedded/binaries.ts'
import { chooseRunAs } from './embedded/run-as.ts'
import { createCluster, readPasswords } from './embedded/create-cluster.ts'
import type { Passwords } from './embedded/create-cluster.ts'
import { ensureRoles } from './embedded/ensure-roles.ts'
import { lockFile, tryLockFile } from './embedded/file-lock.ts'
import type { FileLock } from './embedded/file-lock.ts'
import { stopPostmaster } from './embedded/postmaster.ts'
import { runServer } from './embedded/run-server.ts'
import { findSocketFolder } from './embedded/socket-folder.ts'

export type Embedded = {
  superUrl: string
  ownerUrl: string
  appUrl: string
  port: number
  /** The folder of its Unix socket, for `throughSocket`: a transaction costs a quarter less there. */
  socketFolder: string | null
  /** Ends the server, unless another live process uses it too. */
  stop(): Promise<void>
}

type Urls = Omit<Embedded, 'stop' | 'socketFolder'>
export type EmbeddedOptions = { dataDir: string; durable?: boolean; port?: number }

const prepareFolder = (dataDir: string): string => {
  mkdirSync(dataDir, { recursive: true })
  const { uid, mode } = statSync(dataDir)
  // Started by root the server runs as another user, who must be able to walk through.
  if (process.getuid?.() === 0 && uid === 0) chmodSync(dataDir, mode | 0o011)
  return realpathSync(dataDir)
}

const urlsFor = (secrets: Passwords, port: number): Urls => {
  const at = `127.0.0.1:${port}`
  return {
    port,
    superUrl: `postgres://postgres:${secrets.postgres}@${at}/postgres`,
    ownerUrl: `postgres://wasync_owner:${secrets.owner}@${at}/wasync`,
    appUrl: `postgres://wasync_app:${secrets.app}@${at}/wasync`,
  }
}

const stopAsLastUser = async (folder: string, usersPath: string, mine: FileLock): Promise<void> => {
  mine.release()
  // Two processes that leave together may see each other: ask a few times before taking it for a third one.
  for (let attempt = 0; attempt < 8; attempt++) {
    const alone = tryLockFile(usersPath, 'exclusive')
    if (alone) {
      try {
        return await stopPostmaster(folder)
      } finally {
        alone.release()
      }
    }
    await sleep(10 + Math.random() * 40)
  }
}

const startLocked = async (dataDir: string, options: EmbeddedOptions): Promise<Omit<Embedded, 'stop'>> => {
  const { durable = true, port } = options
  const folder = join(dataDir, 'postgres')
  const binaries = await findBinaries(join(dataDir, 'pglib'))
  if (!existsSync(folder)) await createCluster(folder, binaries, durable)
  const secrets = await readPasswords(folder)
  const launch = { folder, binaries, runAs: chooseRunAs(folder, binaries) }
  const urlFor = (at: number): string => urlsFor(secrets, at).superUrl
  const urls = urlsFor(secrets, await runServer(launch, { durable, port, urlFor }))
  await ensureRoles(urls.superUrl, secrets)
  return { ...urls, socketFolder: findSocketFolder(folder, urls.port) }
}

/**
 * Starts the PostgreSQL server that lives in `dataDir`, or joins the one that runs there already (left over from a
 * killed process, or used by another one). Throws with one line that says why when it cannot.
 */
export const startEmbedded = async (options: EmbeddedOptions): Promise<Embedded> => {
  const dataDir = prepareFolder(options.dataDir)
  const usersPath = join(dataDir, 'postgres-users.lock')
  const starting = await lockFile(join(dataDir, 'postgres-start.lock'), 'exclusive', 120_000)
  try {
    const using = await lockFile(usersPath, 'shared', 60_000)
    try {
      const urls = await startLocked(dataDir, options)
      let stopped: Promise<void> | undefined
      return {
        ...urls,
        stop: () => (stopped ??= stopAsLastUser(join(dataDir, 'postgres'), usersPath, using)),
      }
    } catch (error) {
      using.release()
      throw error
    }
  } finally {
    starting.release()
  }
}
