export type CorpusValue = {
  phoneNumberId: string | undefined
  messageIds: string[]
  /** Whether it holds messages or statuses. */
  isContent: boolean
  json: string
}

type Json = { [name: string]: Json } | Json[] | string | number | boolean | null | undefined

const field = (value: Json, name: string): Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? value[name] : undefined
const list = (value: Json): Json[] => (Array.isArray(value) ? value : [])
const text = (value: Json): string | undefined => (typeof value === 'string' ? value : undefined)

/** The values of a webhook body, read as plainly as possible and without our parser. */
export const valuesOf = (body: Json): CorpusValue[] =>
  list(field(body, 'entry'))
    .flatMap((entry) => list(field(entry, 'changes')))
    .map((change) => {
      const value = field(change, 'value')
      const messages = list(field(value, 'messages'))
      return {
        phoneNumberId: text(field(field(value, 'metadata'), 'phone_number_id')),
        messageIds: messages.flatMap((message) => text(field(message, 'id')) ?? []),
        isContent: messages.length + list(field(value, 'statuses')).length > 0,
        json: JSON.stringify(value ?? null),
      }
    })
