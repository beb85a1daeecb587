import type { Sim } from '../sim.ts'
import type { AppDefinition, Install, Pair, PortalState, User } from '../state.ts'
import type { Params } from './params.ts'

/** One authorised call of a method. */
export interface Call {
  sim: Sim
  portal: PortalState
  install: Install
  app: AppDefinition
  user: User
  pair: Pair
  params: Params
  /** Set by methods that can only be told apart inside: the name that was called. */
  method: string
}

export interface Method {
  /** null: no scope needed. */
  scope: string | null
  adminOnly?: boolean
  run(call: Call): unknown
}

export type MethodGroup = Record<string, Method>

/** A page of a list: `total` and `next` go beside `result`. */
export class Page {
  readonly result: unknown
  readonly total: number
  readonly next: number | undefined

  constructor(result: unknown, total: number, next: number | undefined) {
    this.result = result
    this.total = total
    this.next = next
  }
}

const PAGE_SIZE = 50

/** Cuts one page of 50; `start: -1` means no count: total 0 and no next. */
export function pageOf<T>(all: T[], start: unknown, wrap: (items: T[]) => unknown = (items) => items): Page {
  const from = Math.floor((Number(start ?? 0) || 0) / PAGE_SIZE) * PAGE_SIZE
  if (Number(start) === -1) return new Page(wrap(all.slice(0, PAGE_SIZE)), 0, undefined)
  const more = from + PAGE_SIZE < all.length
  return new Page(wrap(all.slice(from, from + PAGE_SIZE)), all.length, more ? from + PAGE_SIZE : undefined)
}

/** ISO time as the portal writes it: whole seconds with an offset. */
export function isoTime(ms: number): string {
  return new Date(ms).toISOString().replace(/\.\d+Z$/, '+00:00')
}
