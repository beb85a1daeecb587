import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import type { Binaries } from './binaries.ts'
import type { RunAs } from './run-as.ts'

export type Launch = { binaries: Binaries; runAs: RunAs; folder: string }

/** Starts one of the PostgreSQL programs in a process group of its own, output appended to the open file `logFd`. */
export const spawnProgram = (
  launch: Launch,
  program: string,
  args: string[],
  logFd: number,
): ChildProcess => {
  const { prefix } = launch.runAs
  const [command = program, ...rest] = [...prefix, program, ...args]
  return spawn(command, rest, {
    // Ctrl-C goes to the whole group: the database must outlive it, until the server has ended its work.
    detached: true,
    windowsHide: true,
    cwd: '/',
    env: launch.binaries.env,
    stdio: ['ignore', logFd, logFd],
    ...launch.runAs.spawn,
  })
}

/** Resolves with the exit code (or the signal's name) once the process is gone. */
export const exitOf = (child: ChildProcess): Promise<number | string> =>
  new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('exit', (code, signal) => resolve(code ?? signal ?? 'unknown'))
  })
