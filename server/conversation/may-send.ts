/** Everything the send gate looks at. */
export type SendFacts = {
  channel: 'connected' | 'token_refused' | 'disconnected'
  /** Whether this actor may read a record the conversation is bound to; the app itself always may. */
  mayRead: boolean
  windowOpen: boolean
}
export type Refusal = 'not_found' | 'channel_disconnected' | 'window_closed'
type Rule = (facts: SendFacts) => Refusal | null

// In this order: who may not see a conversation learns nothing else about it. A refused token only makes messages wait.
const RULES: readonly Rule[] = [
  ({ mayRead }) => (mayRead ? null : 'not_found'),
  ({ channel }) => (channel === 'disconnected' ? 'channel_disconnected' : null),
  ({ windowOpen }) => (windowOpen ? null : 'window_closed'),
]

/** The one send gate (decision 21): the first rule that refuses says why. */
export function maySend(facts: SendFacts): { ok: true } | { ok: false; reason: Refusal } {
  for (const rule of RULES) {
    const reason = rule(facts)
    if (reason) return { ok: false, reason }
  }
  return { ok: true }
}
