import { connect, type Sql } from './client.ts'
import { dial, securedOf } from './dial.ts'
import { Link } from './link.ts'

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
  /** False where the runtime has sockets of its own. */
  links?: boolean
}

type Lane = { sql: Sql; lost: boolean }

const LISTEN_AGAIN_MS = 1000

/** Opens a pool of `max` connections on `url`. A connection that is lost is never used again, another takes its place (see `link.ts`). */
export function openPool(url: string, { max, name = 'wasync', links = true }: PoolOptions): Pool {
  const secured = securedOf(url)
  const lanes = new Set<Lane>()
  const idle: Lane[] = []
  const waiting: ((lane: Lane) => void)[] = []

  function openLane(onLost: () => void): Sql {
    const socket = (target: Parameters<typeof dial>[0]) => new Link(dial(target, secured), onLost)
    return connect(url, { max: 1, name, ...(links ? { socket } : {}) }).sql
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
      await Promise.all(Array.from(lanes, ({ sql }) => sql.end({ timeout: 5 })))
    },
  }
}

async function keepListening(
  openLane: (onLost: () => void) => Sql,
  channel: string,
  hear: (payload: string) => void,
): Promise<{ stop(): Promise<void> }> {
  let stopped = false
  let sql: Sql

  async function start(): Promise<void> {
    sql = openLane(() => void again())
    await sql.listen(channel, hear)
  }

  async function again(): Promise<void> {
    await sql.end({ timeout: 0 })
    if (stopped) return
    try {
      await start()
    } catch {
      setTimeout(() => void again(), LISTEN_AGAIN_MS).unref()
    }
  }

  await start()
  return {
    stop: async () => {
      stopped = true
      await sql.end({ timeout: 1 })
    },
  }
}
