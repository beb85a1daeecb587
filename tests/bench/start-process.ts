import { spawn } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'

export type Started = { port: number; rssMb(): Promise<number>; stop(): Promise<void> }

/** Starts a server script of this folder and resolves when it says `port=…` on standard error. Its log goes nowhere. */
export function startProcess(file: string, ...args: string[]): Promise<Started> {
  const path = fileURLToPath(new URL(file, import.meta.url))
  // As `npm start` does: loading modules would otherwise leave 100 MB of young generation behind for good.
  const child = spawn(process.execPath, ['--max-semi-space-size=16', path, ...args], {
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  return new Promise((resolve, reject) => {
    let said = ''
    child.stderr.on('data', (data: Buffer) => {
      said += data.toString()
      const port = /port=(\d+)/.exec(said)?.[1]
      if (!port) return
      resolve({
        port: Number(port),
        rssMb: async () => {
          const status = await readFile(`/proc/${child.pid}/status`, 'utf8')
          return Math.round(Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1024)
        },
        stop: () => {
          child.kill('SIGTERM')
          return ended
        },
      })
    })
    void ended.then(() => reject(new Error(`${file} ended: ${said}`)))
  })
}
