export type Json = Record<string, unknown>

export interface NumberSpec {
  phoneNumberId: string
  /** As people write it, e.g. `+1 555-078-3881`; webhooks carry its digits. */
  displayPhoneNumber: string
  verifiedName: string
  /** Coexistence: only such numbers deliver `edit` and `revoke`; others send `unsupported` instead. */
  onBizApp?: boolean
  /** Outbound throughput, 80 by default (131 429 above it), 20 on coexistence numbers. */
  messagesPerSecond?: number
  /** A test number's allow-list of recipients (131030 for anybody else). */
  allowedRecipients?: string[]
  /** `false`: sends are refused with 133010 until `POST /{pnid}/register`. */
  registered?: boolean
}

export interface AccountSpec {
  wabaId: string
  token: string
  numbers: NumberSpec[]
  /** Further accounts that this token grants. */
  otherAccounts?: string[]
  name?: string
  /** `granular_scopes` come without `target_ids`, as when the grant covers everything. */
  grantsAll?: boolean
  scopes?: string[]
  /** Unix seconds; 0 = never. */
  expiresAt?: number
  /** The token was issued to another application. */
  issuedToAppId?: string
}

export interface Account {
  wabaId: string
  name: string
  businessId: string
  numbers: string[]
  subscribed: boolean
  overrideUrl: string | null
}

export interface NumberState {
  phoneNumberId: string
  wabaId: string
  displayPhoneNumber: string
  digits: string
  verifiedName: string
  onBizApp: boolean
  messagesPerSecond: number
  allowedRecipients: string[] | null
  registered: boolean
  pin: string | null
  registerCalls: number[]
  overrideUrl: string | null
  freeMonth: string
  freeUsed: number
}

export interface TokenState {
  token: string
  /** `null`: every account. */
  accounts: string[] | null
  scopes: string[]
  appId: string
  expiresAt: number
  revoked: boolean
  userId: string
}

export interface CustomerSpec {
  /** Any spelling; kept as digits. */
  phone?: string
  /** Where WhatsApp's id differs from the dialled number (Brazil, Mexico, Argentina). */
  waId?: string
  name?: string
  username?: string
  /** Business-scoped user id, e.g. `US.13491208655302741918`. */
  userId?: string
  /** The user adopted a username and hides the phone: webhooks carry the user id only. */
  phoneHidden?: boolean
}

export interface CustomerState {
  key: string
  phone: string | null
  waId: string | null
  name: string | null
  username: string | null
  userId: string | null
  phoneHidden: boolean
}

export type InboundKind =
  | 'text'
  | 'image'
  | 'video'
  | 'audio'
  | 'document'
  | 'sticker'
  | 'location'
  | 'contacts'
  | 'interactive'
  | 'button'
  | 'reaction'
  | 'order'
  | 'unsupported'
  | 'edit'
  | 'revoke'

export interface WriteInput {
  /** Phone number id of the business. */
  to: string
  text?: string
  id?: string
  /** Unix seconds. */
  at?: number
  /** Quoted message; for reaction, edit and revoke the message meant. */
  replyTo?: string
  kind?: InboundKind
  /** Replaces the object of the kind, e.g. another `location`. */
  content?: unknown
}

export interface Customer extends Readonly<CustomerState> {
  /** Writes to a business number and queues the signed webhook. */
  write(input: WriteInput): { wamid: string }
  /** Reads everything that arrived from this number; each message yields a `read` status. */
  readAll(phoneNumberId: string): void
  /** The user changed number (and user id); every business number talked to gets the `system` message. */
  changeIdentity(next: { phone?: string; userId?: string }): void
}

export type PhoneStatus = 'pending' | 'sent' | 'delivered' | 'read' | 'failed'

export interface ThreadMessage {
  id: string
  from: 'customer' | 'business'
  kind: string
  text: string
  /** Milliseconds. */
  at: number
  status: PhoneStatus
  replyTo: string | null
  callbackData: string | null
  /** Sent to the user id, so that statuses may not show a hidden phone. */
  byUserId: boolean
  edited?: boolean
  removed?: boolean
}

export interface SendRecord {
  at: number
  phoneNumberId: string
  /** `to` or `recipient` exactly as given. */
  to: string | null
  type: string
  text: string | null
  callbackData: string | null
  wamid: string | null
  error: { code: number | null; message: string } | null
}

export type FaultName = 'timeout' | 'reset-after' | 'reset-before' | '500'
export interface FaultBody {
  status: number
  code: number
  subcode?: number
  message?: string
  details?: string
  isTransient?: boolean
  /** Seconds, as a `Retry-After` header. */
  retryAfter?: number
}
export type RouteName =
  | 'messages'
  | 'read'
  | 'subscribed_apps'
  | 'debug_token'
  | 'phone_numbers'
  | 'account'
  | 'number'
  | 'register'
  | 'any'
export interface FaultInput {
  route: RouteName
  times?: number
  as: FaultBody | FaultName
}

export type StatusMode =
  'normal' | 'none' | 'failed' | 'duplicate' | 'reversed' | 'before-answer' | 'read-without-delivered'
export interface StatusControl {
  mode: StatusMode
  /** Of mode `failed`; 131026 by default. */
  code?: number
  delayMs?: number
}
export interface DeliveryControl {
  duplicate?: boolean
  shuffle?: boolean
  paused?: boolean
  /** Several messages in one body. */
  batch?: boolean
}
export interface StatusScript {
  sentMs: number
  deliveredMs: number
  readMs: number | null
}

export interface GraphApiOptions {
  origin: string
  appId: string
  appSecret: string
  verifyToken: string
  webhookUrl: string
  /** How signed webhooks reach the app; `fetch` by default. */
  deliver?: (request: Request) => Promise<Response>
  /** Milliseconds. */
  clock?: () => number
  stateFile?: string
  statusScript?: StatusScript
  /** Real wait of a retry: WhatsApp's × scale (1/720), `maxMs` (5000) at most; over after `lifeMs` of WhatsApp's time (7 days). */
  retry?: { scale: number; maxMs: number; lifeMs?: number }
}

export interface GraphApi {
  /** The optional second argument is what `@hono/node-server` passes; it lets a fault cut the connection. */
  fetch(request: Request, env?: unknown): Promise<Response>
  addAccount(spec: AccountSpec): Account
  revokeToken(token: string): void
  customer(spec: CustomerSpec): Customer
  /** One raw signed delivery; `signature: null` leaves the header out. */
  post(
    body: object | string | Uint8Array,
    how?: { secret?: string; signature?: string | null },
  ): Promise<Response>
  /** Repeats the last delivered webhook byte for byte; null when there was none. */
  repeatLast(): Promise<Response | null>
  /** The GET verification of the callback; true when our challenge came back. */
  verifyWebhook(url?: string, verifyToken?: string): Promise<boolean>
  readonly sends: SendRecord[]
  /** Read receipts the business posted. */
  readonly reads: { at: number; phoneNumberId: string; messageId: string }[]
  acceptedBy(callbackData: string): number
  control: {
    failNext(input: FaultInput): void
    latency(ms: number): void
    statuses(input: StatusControl): void
    deliveries(input: DeliveryControl): void
    closeWindow(phoneNumberId: string, phone: string): void
    advance(ms: number): void
  }
  /** Waits until every due webhook is answered with 200; retries are not waited for in real time. */
  settle(): Promise<void>
  /** Webhooks that are due and not answered with 200 yet. */
  pending(): number
  save(): void
  /** Reads `stateFile` into an empty simulator; createGraphApi does it by itself. */
  load(): boolean
  close(): void
}
