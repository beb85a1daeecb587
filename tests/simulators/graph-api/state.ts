import { createTime, type SimulatedTime } from './simulated-time.ts'
import type {
  Account,
  CustomerState,
  DeliveryControl,
  FaultInput,
  GraphApiOptions,
  NumberState,
  SendRecord,
  StatusControl,
  StatusScript,
  ThreadMessage,
  TokenState,
} from './types.ts'
import type { WebhookEvent } from './webhook-event.ts'

export interface Located {
  pair: string
  message: ThreadMessage
}

/** Everything the simulator remembers. Lookups are maps, so that a request costs the same after a million sends. */
export interface World {
  options: GraphApiOptions
  time: SimulatedTime
  script: StatusScript
  accounts: Map<string, Account>
  numbers: Map<string, NumberState>
  tokens: Map<string, TokenState>
  customers: Map<string, CustomerState>
  /** phone digits, wa_id and user id → customer key */
  aliases: Map<string, string>
  threads: Map<string, ThreadMessage[]>
  byWamid: Map<string, Located>
  /** pair → business messages on the phone that the customer has not read */
  unread: Map<string, string[]>
  /** pair → ms of the customer's last message */
  windows: Map<string, number>
  /** rate key → theoretical arrival time, ms */
  rates: Map<string, number>
  sends: SendRecord[]
  reads: { at: number; phoneNumberId: string; messageId: string }[]
  accepted: Map<string, number>
  faults: { route: FaultInput['route']; left: number; as: FaultInput['as'] }[]
  latencyMs: number
  statuses: StatusControl
  deliveries: Required<DeliveryControl>
  /** Webhooks not answered with 200 yet, waiting for their time included. */
  events: Map<string, WebhookEvent>
  /** Called after every change; saves and tells the phone pane. */
  changed: () => void
}

/** An empty world. */
export const createWorld = (options: GraphApiOptions): World => ({
  options,
  time: createTime(options.clock ?? Date.now),
  script: options.statusScript ?? { sentMs: 0, deliveredMs: 0, readMs: null },
  accounts: new Map(),
  numbers: new Map(),
  tokens: new Map(),
  customers: new Map(),
  aliases: new Map(),
  threads: new Map(),
  byWamid: new Map(),
  unread: new Map(),
  windows: new Map(),
  rates: new Map(),
  sends: [],
  reads: [],
  accepted: new Map(),
  faults: [],
  latencyMs: 0,
  statuses: { mode: 'normal' },
  deliveries: { duplicate: false, shuffle: false, paused: false, batch: false },
  events: new Map(),
  changed: () => {},
})

/** Key of one conversation: a business number and a customer. */
export const pairKey = (phoneNumberId: string, customerKey: string) => `${phoneNumberId}:${customerKey}`

/** Digits of a phone in any spelling. */
export const digitsOf = (phone: string) => phone.replace(/\D/g, '')

/** Puts a message into a thread and makes it findable by its id. */
export const addToThread = (world: World, pair: string, message: ThreadMessage) => {
  const thread = world.threads.get(pair)
  if (thread === undefined) world.threads.set(pair, [message])
  else thread.push(message)
  world.byWamid.set(message.id, { pair, message })
}
