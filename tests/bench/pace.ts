import type { Post } from './bodies.ts'
import { Connection } from './connection.ts'
import { summarize, type LoadResult } from './load.ts'

/** What a run gave, and by how many ms the latest hundredth of its posts left too late for reasons of the load generator. */
export type PaceResult = LoadResult & { lateP99: number }

/** Open loop: posts leave at a fixed rate whatever the answers do; times count from the moment each was due. */
export async function pace(port: number, posts: readonly Post[], perSecond: number): Promise<PaceResult> {
  const free: Connection[] = []
  const all: Connection[] = []
  const times: number[] = []
  const late: number[] = []
  const acked: string[] = []
  const started = performance.now() + 50
  const fire = async (post: Post, dueAt: number) => {
    // The one that rested longest: none rests for the five seconds after which the server closes it.
    const client = free.shift() ?? new Connection(port)
    if (!all.includes(client)) all.push(client)
    late.push(performance.now() - dueAt)
    const status = await client.send(post.bytes)
    times.push(performance.now() - dueAt)
    if (status === 200) acked.push(post.id)
    free.push(client)
  }
  const fired: Promise<void>[] = []
  while (fired.length < posts.length) {
    const due = ((performance.now() - started) * perSecond) / 1000
    while (fired.length < Math.min(due, posts.length)) {
      const post = posts[fired.length]
      if (post) fired.push(fire(post, started + (fired.length * 1000) / perSecond))
    }
    await new Promise((resolve) => void setTimeout(resolve, 1))
  }
  await Promise.all(fired)
  for (const client of all) client.close()
  const result = summarize(times, acked, posts.length, (performance.now() - started) / 1000)
  return { ...result, lateP99: summarize(late, [], 0, 1).p99 }
}
