import type { Deps } from '../deps.ts'

// Meta's default throughput of a number: 80 messages a second (Cloud API, throughput); half of a second may be borrowed.
const EVERY_MS = 1000 / 80
const BURST_MS = 500

type Pace = { freeAt: number; refused: string | null }
const paces = new WeakMap<Deps, Map<string, Pace>>()

const paceOf = (deps: Deps, phoneNumberId: string): Pace => {
  const known = paces.get(deps) ?? new Map<string, Pace>()
  paces.set(deps, known)
  const pace = known.get(phoneNumberId) ?? { freeAt: 0, refused: null }
  known.set(phoneNumberId, pace)
  return pace
}

/** Milliseconds to wait before the next send of a number, so that this process stays within its throughput; takes the place. */
export function takeTurn(deps: Deps, phoneNumberId: string, now = performance.now()): number {
  const pace = paceOf(deps, phoneNumberId)
  pace.freeAt = Math.max(now, pace.freeAt) + EVERY_MS
  return Math.max(0, pace.freeAt - now - EVERY_MS - BURST_MS)
}

/** Remembers at once that WhatsApp refused this sealed token: what runs beside us must not spend a call on it. */
export function noteRefused(deps: Deps, phoneNumberId: string, sealedToken: Uint8Array): void {
  paceOf(deps, phoneNumberId).refused = fingerprint(sealedToken)
}

/** Whether this very sealed token was refused before. */
export function wasRefused(deps: Deps, phoneNumberId: string, sealedToken: Uint8Array): boolean {
  return paceOf(deps, phoneNumberId).refused === fingerprint(sealedToken)
}

// A sealed cell starts with its key id and a random value, which tells it from every other one.
const fingerprint = (cell: Uint8Array): string => cell.subarray(0, 64).join(',')
