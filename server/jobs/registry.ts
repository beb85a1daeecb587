import { z } from 'zod'
import { EntityType } from '../contract.ts'
import { attemptSend } from '../conversation/attempt-send.ts'
import { expireAttempt } from '../conversation/expire-attempt.ts'
import { tellRead } from '../conversation/tell-read.ts'
import { rematchRecord } from '../crm/rematch-record.ts'
import { syncCrm } from '../crm/sync-crm.ts'
import type { Deps } from '../deps.ts'
import { asId, type AttemptId, type ConversationId, type MessageId, type PortalId } from '../ids.ts'
import { confirmUninstall } from '../portal/confirm-uninstall.ts'
import { Housework, keepHouse } from '../housekeeping/keep-house.ts'
import { registerExtensions } from '../portal/register-extensions.ts'
import { erasePortal } from '../privacy/erase-portal.ts'
import type { QueueName } from './queues.ts'

/** One kind of job: what its payload looks like, what runs it, and how many of it run side by side in a process. */
export type JobKind<Payload> = {
  payload: z.ZodType<Payload>
  slots: number
  run(deps: Deps, payload: Payload): Promise<void>
}

export const portalId = z.uuid().transform((id) => asId<PortalId>(id))
export const conversationId = z.uuid().transform((id) => asId<ConversationId>(id))
export const messageId = z.uuid().transform((id) => asId<MessageId>(id))
export const attemptId = z.uuid().transform((id) => asId<AttemptId>(id))

const kind = <Payload>(job: JobKind<Payload>): JobKind<unknown> => job as JobKind<unknown>

/** Every job kind. */
export const JOBS: Record<QueueName, JobKind<unknown>> = {
  'whatsapp.send': kind({
    payload: z.object({ portalId, conversationId }),
    slots: 32,
    run: attemptSend,
  }),
  'whatsapp.read': kind({ payload: z.object({ portalId, messageId }), slots: 4, run: tellRead }),
  'attempt.expire': kind({ payload: z.object({ portalId, attemptId }), slots: 2, run: expireAttempt }),
  'crm.sync': kind({
    payload: z.object({ portalId, conversationId }),
    // What runs side by side travels in one request of the portal's small budget.
    slots: 40,
    run: syncCrm,
  }),
  'crm.rematch': kind({
    payload: z.object({ portalId, entityType: EntityType, entityId: z.string() }),
    slots: 1,
    run: rematchRecord,
  }),
  'portal.register': kind({
    payload: z.object({ portalId }),
    slots: 2,
    run: (deps, { portalId }) => registerExtensions(deps, portalId),
  }),
  'portal.confirm-uninstall': kind({
    payload: z.object({ portalId, clean: z.string() }),
    slots: 2,
    run: confirmUninstall,
  }),
  'privacy.erase': kind({ payload: z.object({ portalId }), slots: 1, run: erasePortal }),
  housekeeping: kind({ payload: Housework, slots: 1, run: keepHouse }),
}
