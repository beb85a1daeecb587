import { setTimeout as sleep } from 'node:timers/promises'
import { DatabaseSync } from 'node:sqlite'

// SQLite is used for its file lock only: Node has no flock, and this one is let go by the
// operating system when the process dies, kill -9 included, on every platform.

export type FileLock = { release(): void }

const SQLITE_BUSY = 5

const begin = {
  exclusive: 'begin exclusive',
  shared: 'begin; select count(*) from sqlite_master',
} as const

/** Takes the lock now or answers null when another holder is in the way. */
export const tryLockFile = (path: string, mode: keyof typeof begin): FileLock | null => {
  const file = new DatabaseSync(path, { timeout: 0 })
  try {
    file.exec(begin[mode])
    return { release: () => file.close() }
  } catch (error) {
    file.close()
    if (error instanceof Error && 'errcode' in error && error.errcode === SQLITE_BUSY) return null
    throw error
  }
}

/** Waits for the lock; throws after `timeoutMs`. */
export const lockFile = async (
  path: string,
  mode: keyof typeof begin,
  timeoutMs: number,
): Promise<FileLock> => {
  const giveUpAt = performance.now() + timeoutMs
  for (;;) {
    const lock = tryLockFile(path, mode)
    if (lock) return lock
    if (performance.now() > giveUpAt) throw new Error(`${path} is locked by another process`)
    await sleep(20 + Math.random() * 30)
  }
}
