import { connect, type Sql } from './client.ts'
import { dial, securedOf } from './dial.ts'
import { Link } from './link.ts'
import { keepListening } from './listen.ts'

/** Connections that are lent one at a time, each to one user. */
export type Db = {
  /** Lends a connection for one statement or one transaction; nobody else writes to it until `work` is over. */
  lease<T>(work: (sql: Sql) => Promise<T>): Promise<T>
}

export type Pool = Db & {
  /** Hears a channel on a connection of its own, again after it was lost. */
  listen(channel: string, hear: (payload: string) => void): Promise<{ stop(): Promise<void> }>
  /** Lets what runs finish for 5 s. */
  close(): Promise<void>
}

export type PoolOptions = {
  max: number
  name?: string
  /** For statements whose values do not change the way they are best run: planned once, not at each call. */
  planOnce?: boolean
}

type Lane = { sql: Sql; lost: boolean }

/** Opens a pool of `max` connections on `url`. A connection that is lost is never used again, another takes its place (see `link.ts`). */
export function openPool(url: string, { max, ...options }: PoolOptions): Pool {
  const secured = securedOf(url)
  const lanes = new Set<Lane>()
  const idle: Lane[] = []
  const waiting: ((lane: Lane) => void)[] = []
  let closed = false

  function openLane(onLost: () => void): Sql {
    const socket = (target: Parameters<typeof dial>[0]) =>
      new Link(dial(target, 'path' in target ? null : secured), onLost)
    return connect(url, { ...options, max: 1, socket }).sql
  }

  function open(): Lane {
    const lane: Lane = { sql: openLane(() => lose(lane)), lost: false }
    lanes.add(lane)
    return lane
  }

  // Whoever still has it is refused from now on, and gives it back.
  function lose(lane: Lane): void {
    lane.lost = true
    void lane.sql.end({ timeout: 0 })
    const at = idle.indexOf(lane)
    if (at < 0) return
    idle.splice(at, 1)
    lanes.delete(lane)
  }

  function giveBack(lane: Lane): void {
    if (lane.lost) lanes.delete(lane)
    const next = waiting.shift()
    if (next) next(lane.lost ? open() : lane)
    else if (!lane.lost) idle.push(lane)
  }

  function take(): Lane | Promise<Lane> {
    if (closed) throw new Error('the pool is closed')
    const lane = idle.pop()
    if (lane) return lane
    return lanes.size < max ? open() : new Promise((resolve) => waiting.push(resolve))
  }

  return {
    lease: async (work) => {
      const lane = await take()
      try {
        return await work(lane.sql)
      } finally {
        giveBack(lane)
      }
    },
    listen: (channel, hear) => keepListening(openLane, channel, hear),
    close: async () => {
      closed = true
      await Promise.all(Array.from(lanes, ({ sql }) => sql.end({ timeout: 5 })))
    },
  }
}
