import { z } from 'zod'
import { withPortal } from '#db/tenancy.ts'
import { callPortal } from '../bitrix/call-portal.ts'
import type { RecordRef } from '../contract.ts'
import { toAppError } from '../errors.ts'
import { claimAdd, forgetActivity, saveActivity, saveAligned } from './activities.ts'
import { alignActivity, bindActivity, doubtRecord, isOwnerGone } from './align-activity.ts'
import { ORIGINATOR } from './create-record.ts'
import { ENTITY_TYPE_ID } from './entity-types.ts'
import type { DueActivity, Telling } from './plan-history.ts'
import { inItsLanguages, noteTold, updateActivity } from './update-activity.ts'

// A portal answers within a minute or not at all: after it, what is not there was not added.
const SETTLED_MS = 60_000
const BUSY_MS = 3000

const Id = z.union([z.string(), z.number()]).transform(String)
const Added = z.looseObject({ activity: z.looseObject({ id: Id }) })
const Listed = z.array(
  z.looseObject({ ID: Id, ORIGINATOR_ID: z.string().nullish(), ORIGIN_ID: z.string().nullish() }),
)

/**
 * Adds an entry to the portal once. After a lost answer, ours or that of a process that died, its trace is looked for first.
 * Answers null when the entry is there, else when to look again (ms).
 */
export async function addActivity(telling: Telling, one: DueActivity): Promise<number | null> {
  const { deps, caller, refs } = telling
  const { portalId } = caller
  const [owner] = refs
  if (!owner) return null
  if (one.addStartedAt !== null && one.owner) {
    const leftMs = one.addStartedAt.getTime() + SETTLED_MS - deps.clock.now()
    const activityId = await adopt(telling, one, one.owner)
    // It shows what was there when it was added.
    if (activityId !== null && (await updateActivity(telling, { ...one, activityId }))) return null
    if (leftMs > 0) return Math.min(leftMs, SETTLED_MS)
    await withPortal(deps.db, portalId, (tx) => forgetActivity(tx, portalId, one.id))
  }
  const at = new Date(deps.clock.now())
  const isMine = await withPortal(deps.db, portalId, (tx) => claimAdd(tx, portalId, one.id, owner, at))
  if (!isMine) return BUSY_MS
  const activityId = await add(telling, one, owner)
  if (activityId === null) return (await adopt(telling, one, owner)) === null ? SETTLED_MS : null
  await keep(telling, one, activityId)
  return null
}

// Null: the answer was lost.
async function add({ deps, caller }: Telling, one: DueActivity, owner: RecordRef): Promise<string | null> {
  const { portalId } = caller
  try {
    return await inItsLanguages(deps, portalId, one.shown, async (activity) => {
      const params = { ownerTypeId: ENTITY_TYPE_ID[owner.type], ownerId: owner.id, ...activity }
      const answer = await callPortal(deps, caller, 'crm.activity.configurable.add', params, { once: true })
      const added = Added.safeParse(answer)
      if (!added.success) return null
      noteTold(deps, one.id, activity)
      return added.data.activity.id
    })
  } catch (error) {
    if (toAppError(error).retry === 'unknown-outcome') return null
    await withPortal(deps.db, portalId, (tx) => forgetActivity(tx, portalId, one.id))
    if (isOwnerGone(error)) await doubtRecord(deps, portalId, owner)
    throw error
  }
}

async function keep(telling: Telling, one: DueActivity, activityId: string): Promise<void> {
  const { deps, caller, conversationId, refs } = telling
  const { portalId } = caller
  await withPortal(deps.db, portalId, (tx) => saveActivity(tx, portalId, one.id, activityId))
  await bindActivity(telling, activityId, refs.slice(1))
  await withPortal(deps.db, portalId, (tx) => saveAligned(tx, portalId, conversationId, one.id, refs))
}

async function adopt(telling: Telling, one: DueActivity, owner: RecordRef): Promise<string | null> {
  const { deps, caller } = telling
  const { portalId } = caller
  const params = {
    filter: {
      OWNER_TYPE_ID: ENTITY_TYPE_ID[owner.type],
      OWNER_ID: owner.id,
      PROVIDER_ID: 'CONFIGURABLE_REST_APP',
    },
    select: ['ID', 'ORIGINATOR_ID', 'ORIGIN_ID'],
    order: { ID: 'DESC' },
  }
  const found = Listed.safeParse(await callPortal(deps, caller, 'crm.activity.list', params))
  const ours = found.data?.find((row) => row.ORIGINATOR_ID === ORIGINATOR && row.ORIGIN_ID === one.id)
  if (!ours) return null
  await withPortal(deps.db, portalId, (tx) => saveActivity(tx, portalId, one.id, ours.ID))
  await alignActivity(telling, { ...one, activityId: ours.ID })
  return ours.ID
}
