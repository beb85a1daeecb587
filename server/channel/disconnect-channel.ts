import { withControl, withPortal, type Tx } from '#db/tenancy.ts'
import type { Actor, Deps } from '../deps.ts'
import type { ChannelId, PortalId } from '../ids.ts'
import { writeAudit } from '../portal/write-audit.ts'
import { phoneNumbers, unsubscribeApp } from '../whatsapp/account.ts'
import { destroyToken, openToken } from './channel-token.ts'
import { lockChannel, type ChannelRow } from './channels.ts'
import { failWaiting } from './fail-waiting.ts'

type Who = { portalId: PortalId; actor: Actor }

const GOODBYE_MS = 5_000

/** Stops intake and destroys the token at once, then tells Meta as well as it can. The history stays readable. */
export async function disconnectChannel(
  deps: Deps,
  who: Who,
  channelId: ChannelId,
): Promise<{ ok: true } | { ok: false; reason: 'not_found' }> {
  const { portalId } = who
  const channel = await withPortal(deps.db, portalId, (tx) => lockChannel(tx, portalId, channelId))
  if (!channel) return { ok: false, reason: 'not_found' }
  if (channel.status === 'disconnected') return { ok: true }
  await releaseNumber(deps, portalId, channel.phoneNumberId)
  const token = await withPortal(deps.db, portalId, (tx) => close(deps, tx, who, channelId))
  if (token) await sayGoodbye(deps, who, channel, token)
  return { ok: true }
}

// A keyed tombstone stays: what is still on its way for this number enters nowhere.
async function releaseNumber(deps: Deps, portalId: PortalId, phoneNumberId: string): Promise<void> {
  const { keyId, hash } = await deps.keyring.mac('tombstone', `number:${phoneNumberId}`)
  await withControl(deps.db, async ({ sql }) => {
    await sql`select control.release_number(${phoneNumberId}, ${portalId})`
    await sql`select control.set_tombstones('number', ${keyId}, ${sql.array([hash] as never, 17)})`
  })
}

async function close(
  deps: Deps,
  tx: Tx,
  { portalId, actor }: Who,
  channelId: ChannelId,
): Promise<string | null> {
  const channel = await lockChannel(tx, portalId, channelId)
  if (!channel || channel.status === 'disconnected') return null
  const { sealedToken } = channel
  const token = sealedToken
    ? await openToken(tx, deps.keyring, portalId, channelId, sealedToken).catch(() => null)
    : null
  await tx.sql`
    update app.channel set status = 'disconnected', access_token = null, disconnected_at = ${new Date(deps.clock.now())}
    where portal_id = ${portalId} and id = ${channelId}`
  await destroyToken(tx, portalId, channelId)
  await failWaiting(deps, tx, portalId, channelId)
  await writeAudit(tx, portalId, actor, 'channel.disconnected', { channelId })
  return token
}

// Several numbers may share an account, in another portal too: the application leaves it with the last one.
async function sayGoodbye(
  deps: Deps,
  { portalId, actor }: Who,
  channel: ChannelRow,
  token: string,
): Promise<void> {
  const account = { wabaId: channel.wabaId, token }
  const numbers = await phoneNumbers(deps, account, GOODBYE_MS)
  if (
    numbers.ok &&
    (await anyRouted(
      deps,
      numbers.data.map(({ id }) => id),
    ))
  )
    return
  const left = numbers.ok ? await unsubscribeApp(deps, account, GOODBYE_MS) : numbers
  if (left.ok) return
  const subject = { channelId: channel.id, reason: left.failure.kind }
  await withPortal(deps.db, portalId, (tx) =>
    writeAudit(tx, portalId, actor, 'channel.unsubscribe_failed', subject),
  )
}

async function anyRouted(deps: Deps, numbers: string[]): Promise<boolean> {
  const rows = await withControl(
    deps.db,
    ({ sql }) => sql`select 1 from control.route_numbers(${numbers}::text[])`,
  )
  return rows.length > 0
}
