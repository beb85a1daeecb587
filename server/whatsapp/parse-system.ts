import type { Sender } from './delivery-events.ts'
import { isNamed, phoneOf } from './parse-sender.ts'
import { objectOf, textOf, type Wire } from './wire.ts'

const ALIAS_LIMIT = 200
const BSUID = String.raw`[A-Z]{2}\.(?:ENT\.)?[A-Za-z0-9]{4,128}`
const CHANGED = new RegExp(String.raw`\bfrom (${BSUID}) to (${BSUID})`)

/** The old and the new self of an identity change (Cloud API, system messages); the old one may stand only in the text. */
export function parseSystem(message: Wire, sender: Sender): { sender: Sender; becomes: Sender | undefined } {
  const system = objectOf(message.system)
  if (!system) return { sender, becomes: undefined }
  const inText = CHANGED.exec(textOf(system.body, 2_000) ?? '')
  const before = textOf(system.previous_user_id, ALIAS_LIMIT) ?? inText?.[1]
  const customer = textOf(system.customer, ALIAS_LIMIT)
  const waId = textOf(system.wa_id, ALIAS_LIMIT) ?? textOf(system.new_wa_id, ALIAS_LIMIT)
  const userId = textOf(system.user_id, ALIAS_LIMIT) ?? inText?.[2]
  const old: Sender = {
    ...sender,
    phone: sender.phone ?? phoneOf(customer),
    waId: sender.waId ?? customer,
    // `from_user_id` was the old or the new id, depending on the version: only a stated previous id is surely the old one.
    bsuid: before ?? (sender.bsuid === userId ? undefined : sender.bsuid),
    parentBsuid:
      textOf(system.previous_parent_user_id, ALIAS_LIMIT) ?? (before ? undefined : sender.parentBsuid),
  }
  const becomes: Sender = {
    phone: phoneOf(waId),
    waId,
    bsuid: userId,
    parentBsuid: textOf(system.parent_user_id, ALIAS_LIMIT),
  }
  const isChange = /^(?:user|customer)_changed_/.test(textOf(system.type, 100) ?? '') && isNamed(becomes)
  if (!isChange)
    return { sender: isNamed(sender) ? sender : isNamed(old) ? old : becomes, becomes: undefined }
  return isNamed(old) ? { sender: old, becomes } : { sender: becomes, becomes: undefined }
}
