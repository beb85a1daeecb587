import { setTimeout as sleep } from 'node:timers/promises'
import { connect, type ConnectOptions, type Sql } from './client.ts'
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
  /** Lets those who have a connection finish for 5 s. */
  close(): Promise<void>
}

export type PoolOptions = Omit<ConnectOptions, 'socket'> & {
  max: number
  /** How long a connection nobody needs is kept. */
  idleMs?: number
}

type Lane = { sql: Sql; lost: boolean; idleSince: number }

const NO_ROOM_MS = 1000
const CLOSE_MS = 5000

/**
 * Opens a pool of up to `max` connections on `url`; those nobody needs for a while are closed. A connection that is lost is never
 * used again, another takes its place (see `link.ts`). Where the server has no room for one more, those there are lent on.
 */
export function openPool(url: string, { max, idleMs = 60_000, ...options }: PoolOptions): Pool {
  const secured = securedOf(url)
  const lanes = new Set<Lane>()
  const idle: Lane[] = []
  const waiting: PromiseWithResolvers<Lane>[] = []
  let sweep: NodeJS.Timeout | undefined
  let noRoomUntil = 0
  const leaving = new Set<Promise<void>>()
  let closing: PromiseWithResolvers<void> | undefined

  function openDriver(onLost: () => void): Sql {
    const socket = (target: Parameters<typeof dial>[0]) =>
      new Link(dial(target, 'path' in target ? null : secured), onLost)
    return connect(url, { ...options, max: 1, socket }).sql
  }

  function open(): Lane {
    const lane: Lane = { sql: openDriver(() => lose(lane)), lost: false, idleSince: 0 }
    lanes.add(lane)
    return lane
  }

  // Tried before anybody relies on it: should the server refuse it, there may be others to wait for.
  async function openTried(): Promise<Lane> {
    const lane = open()
    try {
      await lane.sql`select 1`
      return lane
    } catch (error) {
      drop(lane)
      noRoomUntil = performance.now() + NO_ROOM_MS
      if (lanes.size > 0) return take()
      for (const { reject } of waiting.splice(0)) reject(error)
      throw error
    }
  }

  const isFull = () => lanes.size >= max || (lanes.size > 0 && performance.now() < noRoomUntil)
  const grow = () => (max === 1 ? open() : openTried())

  function take(): Lane | Promise<Lane> {
    if (closing) throw closedError()
    return idle.pop() ?? (isFull() ? wait() : grow())
  }

  function wait(): Promise<Lane> {
    const place = Promise.withResolvers<Lane>()
    waiting.push(place)
    return place.promise
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
    if (lane.lost) return replace(lane)
    if (closing) return drop(lane)
    const next = waiting.shift()
    if (next) return next.resolve(lane)
    lane.idleSince = performance.now()
    idle.push(lane)
    sweep ??= setTimeout(closeIdle, idleMs).unref()
  }

  function replace(lane: Lane): void {
    drop(lane)
    while (waiting.length > 0 && !isFull()) waiting.shift()?.resolve(grow())
  }

  function drop(lane: Lane): void {
    lanes.delete(lane)
    const gone: Promise<void> = lane.sql.end({ timeout: 1 }).finally(() => leaving.delete(gone))
    leaving.add(gone)
    if (lanes.size === 0) closing?.resolve()
  }

  // Not the driver's own way: what is asked of it while it says goodbye would wait for the next connection.
  function closeIdle(): void {
    const before = performance.now() - idleMs
    const fresh = idle.findIndex(({ idleSince }) => idleSince > before)
    for (const lane of idle.splice(0, fresh < 0 ? idle.length : fresh)) drop(lane)
    sweep = idle.length > 0 ? setTimeout(closeIdle, idleMs / 4).unref() : undefined
  }

  async function close(): Promise<void> {
    closing ??= Promise.withResolvers()
    clearTimeout(sweep)
    for (const { reject } of waiting.splice(0)) reject(closedError())
    for (const lane of idle.splice(0)) drop(lane)
    if (lanes.size > 0) await Promise.race([closing.promise, sleep(CLOSE_MS, undefined, { ref: false })])
    for (const lane of lanes) drop(lane)
    await Promise.all(leaving)
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
    listen: (channel, hear) => keepListening(openDriver, channel, hear),
    close,
  }
}

const closedError = () => new Error('the pool is closed')
