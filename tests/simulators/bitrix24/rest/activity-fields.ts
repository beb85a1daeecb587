import type { ActivityFields } from '../state.ts'
import { RestError } from './errors.ts'
import { asFlag, asList } from './params.ts'

const wrong = (name: string): RestError =>
  new RestError(400, 'WRONG_FIELD_VALUE', `Wrong value of field "${name}"`)

/** `fields` of a configurable activity over what it was before (docs: crm.activity.configurable.add). */
export function readActivityFields(given: Record<string, unknown>, before: ActivityFields): ActivityFields {
  const fields = { ...before }
  for (const [name, value] of Object.entries(given)) readOne(fields, name, value)
  if (fields.isIncomingChannel && fields.deadline !== null) {
    const code = 'INCOMING_ACTIVITY_CAN_NOT_BE_WITH_DEADLINE'
    throw new RestError(400, code, 'Incoming activity cannot have a deadline')
  }
  return fields
}

function readOne(fields: ActivityFields, name: string, value: unknown): void {
  switch (name) {
    case 'typeId':
      if (value !== 'CONFIGURABLE') throw wrong(name)
      break
    case 'completed':
    case 'isIncomingChannel':
      fields[name] = asFlag(value)
      break
    case 'deadline':
      if (value && Number.isNaN(Date.parse(String(value)))) throw wrong(name)
      fields.deadline = value ? String(value) : null
      break
    case 'pingOffsets':
      fields.pingOffsets = asList(value).map(Number)
      break
    case 'responsibleId':
      if (!Number.isInteger(Number(value)) || Number(value) < 1) throw wrong(name)
      fields.responsibleId = Number(value)
      break
    case 'badgeCode':
      fields.badgeCode = String(value ?? '')
      break
    case 'originatorId':
    case 'originId':
      fields[name] = value === null || value === '' ? null : String(value)
      break
    default:
      throw wrong(name)
  }
}
