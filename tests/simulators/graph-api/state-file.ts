import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { registerAliases } from './customers.ts'
import type { World } from './state.ts'
import type { Account, CustomerState, NumberState, ThreadMessage, TokenState } from './types.ts'
import type { WebhookEvent } from './webhook-event.ts'

interface Saved extends Pick<World, 'sends' | 'reads' | 'faults' | 'latencyMs' | 'statuses' | 'deliveries'> {
  skew: number
  accounts: Account[]
  numbers: NumberState[]
  tokens: TokenState[]
  customers: CustomerState[]
  threads: [string, ThreadMessage[]][]
  windows: [string, number][]
  rates: [string, number][]
  events: WebhookEvent[]
}

const collect = (world: World): Saved => ({
  skew: world.time.skew(),
  accounts: [...world.accounts.values()],
  numbers: [...world.numbers.values()],
  tokens: [...world.tokens.values()],
  customers: [...world.customers.values()],
  threads: [...world.threads],
  windows: [...world.windows],
  rates: [...world.rates],
  events: [...world.events.values()],
  sends: world.sends,
  reads: world.reads,
  faults: world.faults,
  latencyMs: world.latencyMs,
  statuses: world.statuses,
  deliveries: world.deliveries,
})

/** The file is our own and replaced atomically, so its shape is what `collect` wrote. */
const parse = (json: string): Saved => JSON.parse(json) as Saved

const restoreThreads = (world: World, threads: Saved['threads']) => {
  for (const [pair, messages] of threads) {
    world.threads.set(pair, messages)
    for (const message of messages) {
      world.byWamid.set(message.id, { pair, message })
      if (message.from !== 'business' || message.status !== 'delivered') continue
      world.unread.set(pair, [...(world.unread.get(pair) ?? []), message.id])
    }
  }
}

const restore = (world: World, saved: Saved) => {
  world.time.restore(saved.skew)
  for (const account of saved.accounts) world.accounts.set(account.wabaId, account)
  for (const number of saved.numbers) world.numbers.set(number.phoneNumberId, number)
  for (const token of saved.tokens) world.tokens.set(token.token, token)
  for (const customer of saved.customers) {
    world.customers.set(customer.key, customer)
    registerAliases(world, customer)
  }
  restoreThreads(world, saved.threads)
  for (const [key, at] of saved.windows) world.windows.set(key, at)
  for (const [key, at] of saved.rates) world.rates.set(key, at)
  for (const event of saved.events) world.events.set(event.id, event)
  const { sends, reads, faults, latencyMs, statuses, deliveries } = saved
  Object.assign(world, { sends, reads, faults, latencyMs, statuses, deliveries })
  for (const { wamid, callbackData } of sends) {
    if (wamid === null || callbackData === null) continue
    world.accepted.set(callbackData, (world.accepted.get(callbackData) ?? 0) + 1)
  }
}

/** Writes the world to its file, all or nothing. */
export const saveWorld = (world: World, file: string) => {
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(`${file}.new`, JSON.stringify(collect(world)))
  renameSync(`${file}.new`, file)
}

/** Fills an empty world from its file; false when there is none. */
export const loadWorld = (world: World, file: string): boolean => {
  let json: string
  try {
    json = readFileSync(file, 'utf8')
  } catch {
    return false
  }
  restore(world, parse(json))
  return true
}
