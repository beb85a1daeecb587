import type { Post } from './bodies.ts'
import { Connection } from './connection.ts'

export type LoadResult = { perSecond: number; p50: number; p99: number; acked: string[]; refused: number }

/** Closed loop: `connections` clients, each sends its next post when the last was answered. Times in ms. */
export async function load(port: number, posts: readonly Post[], connections: number): Promise<LoadResult> {
  const clients = Array.from({ length: connections }, () => new Connection(port))
  const times: number[] = []
  const acked: string[] = []
  let next = 0
  const started = performance.now()
  const work = async (client: Connection) => {
    for (let post = posts[next++]; post; post = posts[next++]) {
      const sentAt = performance.now()
      const status = await client.send(post.bytes)
      times.push(performance.now() - sentAt)
      if (status === 200) acked.push(post.id)
    }
  }
  await Promise.all(clients.map(work))
  const seconds = (performance.now() - started) / 1000
  for (const client of clients) client.close()
  return summarize(times, acked, posts.length, seconds)
}

/** Rate and quantiles of one run. */
export function summarize(times: number[], acked: string[], sent: number, seconds: number): LoadResult {
  times.sort((a, b) => a - b)
  const at = (share: number) =>
    round(times[Math.min(times.length - 1, Math.floor(share * times.length))] ?? 0)
  return {
    perSecond: Math.round(acked.length / seconds),
    ...{ p50: at(0.5), p99: at(0.99), acked, refused: sent - acked.length },
  }
}

export const round = (value: number): number => Math.round(value * 100) / 100
export const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0
