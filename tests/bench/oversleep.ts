// Sleeps again and again, and notes by how many milliseconds the longest sleep was too long.
import { workerData } from 'node:worker_threads'

const longest: Int32Array = workerData
const PERIOD_MS = 5
let wokenAt = performance.now()
setInterval(() => {
  const now = performance.now()
  longest[0] = Math.max(longest[0] ?? 0, Math.round(now - wokenAt - PERIOD_MS))
  wokenAt = now
}, PERIOD_MS)
