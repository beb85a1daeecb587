// Sleeps again and again, and notes by how many milliseconds the longest sleep was too long; and how long the disk took at
// worst to keep four kilobytes, ten times a second.
import { fdatasync, openSync, rmSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { workerData } from 'node:worker_threads'

const longest: Int32Array = workerData
const keep = (index: number, ms: number) =>
  void (longest[index] = Math.max(longest[index] ?? 0, Math.round(ms)))

const PERIOD_MS = 5
let wokenAt = performance.now()
setInterval(() => {
  const now = performance.now()
  keep(0, now - wokenAt - PERIOD_MS)
  wokenAt = now
}, PERIOD_MS)

const path = join(tmpdir(), `wasync-bench-disk-${process.pid}`)
const file = openSync(path, 'w')
// Gone with the process, however that ends.
rmSync(path)
const block = Buffer.alloc(4096)
function writeAgain(): void {
  const started = performance.now()
  writeSync(file, block, 0, block.length, 0)
  fdatasync(file, () => {
    keep(1, performance.now() - started)
    setTimeout(writeAgain, 100)
  })
}
writeAgain()
