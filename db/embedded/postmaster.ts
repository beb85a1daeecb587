import { readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

export type Postmaster = { pid: number; port: number }

const pidFile = (folder: string): string => join(folder, 'data', 'postmaster.pid')

const readText = (path: string): string | null => {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return null
  }
}

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
}

// PostgreSQL believes a pid file when any process of that number lives. On Linux we know better: a zombie,
// or a process that got the number later (a restarted container), does not carry our folder in its command line.
const isOurs = (pid: number, folder: string): boolean => {
  if (!isAlive(pid)) return false
  const commandLine = readText(`/proc/${pid}/cmdline`)
  return commandLine === null || commandLine.includes(join(folder, 'data'))
}

/** The running server of this folder as its pid file tells; a pid file of a dead server is removed. */
export const findPostmaster = (folder: string): Postmaster | null => {
  const lines = readText(pidFile(folder))?.split('\n') ?? []
  const [pid, port] = [Number(lines[0]), Number(lines[3])]
  if (!(pid > 0)) return null
  if (isOurs(pid, folder)) return { pid, port }
  rmSync(pidFile(folder), { force: true })
  return null
}

const goneWithin = async (folder: string, pid: number, timeoutMs: number): Promise<boolean> => {
  const giveUpAt = performance.now() + timeoutMs
  while (isOurs(pid, folder) && performance.now() < giveUpAt) await sleep(10)
  return !isOurs(pid, folder)
}

/** Fast shutdown: open transactions are rolled back, data is flushed; waits until the process is gone. */
export const stopPostmaster = async (folder: string): Promise<void> => {
  const running = findPostmaster(folder)
  if (!running) return
  process.kill(running.pid, 'SIGINT')
  if (await goneWithin(folder, running.pid, 30_000)) return
  // A crash stop: committed data is safe in the log, the next start replays it.
  process.kill(running.pid, 'SIGQUIT')
  if (!(await goneWithin(folder, running.pid, 10_000)))
    throw new Error(`PostgreSQL ${running.pid} does not stop`)
}
