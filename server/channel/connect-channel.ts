import { withControl, withPortal, type Tx } from '#db/tenancy.ts'
import type { ConnectedChannel } from '../contract.ts'
import type { Actor, Deps } from '../deps.ts'
import { AppError } from '../errors.ts'
import { newId, type ChannelId, type PortalId } from '../ids.ts'
import { reingestNumber } from '../delivery/reingest-number.ts'
import { termsAccepted } from '../portal/terms.ts'
import { writeAudit } from '../portal/write-audit.ts'
import { subscribeApp, type AccountNumber } from '../whatsapp/account.ts'
import { sealToken } from './channel-token.ts'
import { findByNumber, lockChannel, toChannel } from './channels.ts'
import { proveAccount, reasonOf, type AccountClaim } from './prove-account.ts'
import { resumeWaiting } from './resume-waiting.ts'

type Who = { portalId: PortalId; actor: Actor }
type Slot = { id: ChannelId; fresh: boolean; since: Date }
export type ConnectVerdict =
  | { ok: true; channel: ConnectedChannel }
  | { ok: false; reason: 'terms_required' | 'token_refused' | 'wrong_account' | 'number_taken' }

/**
 * Connects a number of the Cloud API, or gives a connected one a new token. What is refused leaves nothing behind.
 * Throws `whatsapp_unreachable` when Meta does not answer.
 */
export async function connectChannel(deps: Deps, who: Who, claim: AccountClaim): Promise<ConnectVerdict> {
  const { portalId } = who
  // Only messages that WhatsApp stamped after this moment are this portal's (decision 19).
  const began = new Date(deps.clock.now())
  const terms = await withPortal(deps.db, portalId, (tx) => termsAccepted(tx, portalId))
  if (!terms) return { ok: false, reason: 'terms_required' }
  const proof = await proveAccount(deps, claim)
  if (!proof.ok) return proof
  if (await isElsewhere(deps, portalId, claim.phoneNumberId)) return { ok: false, reason: 'number_taken' }
  const subscribed = await subscribeApp(deps, { wabaId: claim.wabaId, token: claim.accessToken })
  if (!subscribed.ok) return { ok: false, reason: reasonOf(subscribed.failure) }
  const slot = await withPortal(deps.db, portalId, (tx) =>
    prepareSlot(tx, portalId, claim, proof.number, began),
  )
  if (!(await takeNumber(deps, portalId, claim.phoneNumberId, slot))) {
    await withPortal(deps.db, portalId, (tx) => dropSlot(tx, portalId, slot))
    return { ok: false, reason: 'number_taken' }
  }
  const channel = await withPortal(deps.db, portalId, (tx) => open(deps, tx, who, slot, claim, proof.number))
  await reingestNumber(deps, claim.phoneNumberId)
  return { ok: true, channel }
}

async function isElsewhere(deps: Deps, portalId: PortalId, phoneNumberId: string): Promise<boolean> {
  const rows = await withControl(
    deps.db,
    ({ sql }) =>
      sql<{ portal_id: string }[]>`select portal_id from control.route_numbers(${[phoneNumberId]}::text[])`,
  )
  return rows.some((row) => row.portal_id !== portalId)
}

// The row is there before the number is routed to it, so that what arrives in between finds its place.
async function prepareSlot(
  tx: Tx,
  portalId: PortalId,
  claim: AccountClaim,
  number: AccountNumber,
  began: Date,
): Promise<Slot> {
  await tx.sql`select pg_advisory_xact_lock(hashtextextended(${`${portalId}:${claim.phoneNumberId}`}, 0))`
  const known = await findByNumber(tx, portalId, claim.phoneNumberId)
  if (known)
    return {
      id: known.id,
      fresh: false,
      since: known.status === 'disconnected' ? began : known.connectStartedAt,
    }
  const id = newId<ChannelId>(began.getTime())
  await tx.sql`
    insert into app.channel (portal_id, id, kind, name, phone, waba_id, phone_number_id, status, connect_started_at, connected_at)
    values (${portalId}, ${id}, 'cloud', ${number.verified_name}, ${phoneOf(number)}, ${claim.wabaId},
      ${claim.phoneNumberId}, 'disconnected', ${began}, ${began})`
  return { id, fresh: true, since: began }
}

async function takeNumber(
  deps: Deps,
  portalId: PortalId,
  phoneNumberId: string,
  slot: Slot,
): Promise<boolean> {
  const [row] = await withControl(
    deps.db,
    ({ sql }) => sql<{ taken: boolean }[]>`
      select control.take_number(${phoneNumberId}, ${portalId}, ${slot.id}, ${slot.since}) as taken`,
  )
  return row?.taken === true
}

async function dropSlot(tx: Tx, portalId: PortalId, { id, fresh }: Slot): Promise<void> {
  if (!fresh) return
  await tx.sql`delete from app.channel where portal_id = ${portalId} and id = ${id} and status = 'disconnected'`
}

async function open(
  deps: Deps,
  tx: Tx,
  { portalId, actor }: Who,
  { id, since }: Slot,
  claim: AccountClaim,
  number: AccountNumber,
): Promise<ConnectedChannel> {
  const sealed = await sealToken(tx, deps.keyring, portalId, id, claim.accessToken)
  await tx.sql`
    update app.channel set status = 'connected', name = ${number.verified_name}, phone = ${phoneOf(number)},
      waba_id = ${claim.wabaId}, access_token = ${sealed}, connect_started_at = ${since},
      connected_at = ${new Date(deps.clock.now())}, disconnected_at = null
    where portal_id = ${portalId} and id = ${id}`
  await writeAudit(tx, portalId, actor, 'channel.connected', { channelId: id })
  await resumeWaiting(deps, tx, portalId, id)
  const row = await lockChannel(tx, portalId, id)
  if (!row) throw new AppError('internal', 'The number was not kept.')
  return toChannel(row)
}

const phoneOf = (number: AccountNumber): string => `+${number.display_phone_number.replaceAll(/\D/g, '')}`
