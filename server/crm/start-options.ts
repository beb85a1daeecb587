import { eq } from 'drizzle-orm'
import { z } from 'zod'
import { channel } from '#db/schema/index.ts'
import { withPortal } from '#db/tenancy.ts'
import { callPortal } from '../bitrix/call-portal.ts'
import type { RecordRef, StartOptions } from '../contract.ts'
import type { Deps } from '../deps.ts'
import { AppError } from '../errors.ts'
import { ENTITY_TYPE_ID } from './entity-types.ts'
import { internationalPhone } from './phone-variants.ts'
import type { CrmReader } from './read-rights.ts'
import { relatedRecords } from './related-records.ts'

const Card = z.looseObject({
  item: z.looseObject({ fm: z.array(z.looseObject({ typeId: z.string(), value: z.string() })).nullish() }),
})

/** What a conversation may be started with on this record: connected numbers, and its phones (its contacts' for a deal), read with the user's own token. */
export async function startOptions(deps: Deps, user: CrmReader, record: RecordRef): Promise<StartOptions> {
  const channels = await withPortal(deps.db, user.portalId, (tx) =>
    tx.orm.select().from(channel).where(eq(channel.portalId, user.portalId)).orderBy(channel.connectedAt),
  )
  const connected = channels.filter((row) => row.status === 'connected')
  const own = await phonesOf(deps, user, record)
  const phones = own.length > 0 ? own : await relatedPhones(deps, user, record)
  return {
    channels: connected.map(({ id, kind, name, phone }) => ({ id, kind, name, phone })),
    phones: [...new Set(phones)],
  }
}

async function relatedPhones(deps: Deps, user: CrmReader, record: RecordRef): Promise<string[]> {
  const related = await relatedRecords(deps, user, record)
  const lists = await Promise.all(related.slice(0, 5).map((one) => phonesOf(deps, user, one)))
  return lists.flat()
}

// A record the user may not read has no phones for them.
async function phonesOf(deps: Deps, user: CrmReader, { type, id }: RecordRef): Promise<string[]> {
  const caller = { ...user, lane: 'interactive' } as const
  const params = { entityTypeId: ENTITY_TYPE_ID[type], id }
  const answer = await callPortal(deps, caller, 'crm.item.get', params).catch((error: unknown) => {
    if (error instanceof AppError && error.code === 'portal_refused') return null
    throw new AppError('rights_unavailable', 'The portal does not answer right now.', { cause: error })
  })
  const card = Card.safeParse(answer)
  if (!card.success) return []
  return (card.data.item.fm ?? [])
    .filter((field) => field.typeId === 'PHONE')
    .map((field) => internationalPhone(field.value))
    .filter((phone) => phone !== null)
}
