import type { PgTable } from 'drizzle-orm/pg-core'
import {
  attempt,
  audit,
  binding,
  bindingChange,
  channel,
  conversation,
  crmActivity,
  dataKey,
  message,
  messagePayload,
  methodPause,
  parkedStatus,
  person,
  personAlias,
  portalBudget,
  portalCall,
  portalUser,
  session,
  termsAcceptance,
  userToken,
} from '#db/schema/index.ts'

/**
 * Every tenant table in the order it is emptied; the portal's own row goes last, with the receipt. The data keys go first: from
 * then on nothing that was sealed opens, in no copy either. Children go before what they point at.
 */
export const TENANT_TABLES: readonly PgTable[] = [
  dataKey,
  userToken,
  session,
  messagePayload,
  attempt,
  parkedStatus,
  crmActivity,
  bindingChange,
  binding,
  message,
  conversation,
  personAlias,
  person,
  channel,
  portalUser,
  termsAcceptance,
  portalBudget,
  methodPause,
  portalCall,
  audit,
]

/** What becomes of the control tables when a portal is erased. */
export const CONTROL_TABLES = {
  delivery: 'its changes are cut out of the kept bodies',
  intake: 'leaves with the delivery it points at',
  quarantine: 'rows of its numbers are removed',
  member_portal: 'removed by control.forget_portal',
  number_portal: 'removed by control.forget_portal',
  exchanged_token: 'removed by control.forget_portal',
  tombstone: 'kept: a keyed HMAC of each number, so that nothing of theirs comes back',
  erasure_receipt: 'kept: counts and a keyed HMAC',
  key_use: 'holds nothing of a portal',
} as const
