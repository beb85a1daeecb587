import { invalidParameter, messagingError } from './errors.ts'
import type { Json } from './types.ts'

const record = (value: unknown): Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : {}
const list = (value: unknown): unknown[] => (Array.isArray(value) ? value : [])

const within = (value: unknown, name: string, max: number, min = 1) => {
  if (typeof value === 'string' && value.length >= min && value.length <= max) return
  throw invalidParameter(`Param ${name} must be between ${min} and ${max} characters long.`)
}

const distinct = (values: unknown[], name: string) => {
  if (new Set(values).size !== values.length) throw messagingError(131009, `Duplicated ${name}.`)
}

const buttons = (action: Json) => {
  const replies = list(action['buttons']).map((button) => record(record(button)['reply']))
  if (replies.length < 1 || replies.length > 3)
    throw messagingError(131009, 'Invalid buttons count. Min allowed buttons: 1, Max allowed buttons: 3')
  for (const reply of replies) {
    within(reply['id'], 'reply.id', 256)
    within(reply['title'], 'reply.title', 20)
  }
  distinct(
    replies.map((reply) => reply['id']),
    'button ids',
  )
  distinct(
    replies.map((reply) => reply['title']),
    'button titles',
  )
}

const sections = (action: Json) => {
  within(action['button'], 'action.button', 20)
  const all = list(action['sections']).map(record)
  if (all.length < 1 || all.length > 10)
    throw messagingError(131009, 'Between 1 and 10 sections are allowed.')
  const rows = all.flatMap((section) => list(section['rows']).map(record))
  if (rows.length < 1 || rows.length > 10)
    throw messagingError(131009, 'Total row count exceed max allowed count: 10')
  if (all.length > 1) for (const section of all) within(section['title'], 'section.title', 24)
  for (const row of rows) {
    within(row['id'], 'row.id', 200)
    within(row['title'], 'row.title', 24)
    if (row['description'] !== undefined) within(row['description'], 'row.description', 72, 0)
  }
  distinct(
    rows.map((row) => row['id']),
    'row ids',
  )
}

const link = (action: Json) => {
  const parameters = record(action['parameters'])
  within(parameters['display_text'], 'display_text', 20)
  if (!/^https?:\/\//.test(String(parameters['url']))) throw messagingError(131009, 'Invalid url.')
}

const named = (name: string) => (action: Json) => {
  if (action['name'] !== name) throw messagingError(131009, `Param action.name must be ${name}.`)
}

const ACTIONS: Record<string, { body: number; check: (action: Json) => void }> = {
  button: { body: 1024, check: buttons },
  list: { body: 4096, check: sections },
  cta_url: { body: 1024, check: link },
  flow: { body: 1024, check: named('flow') },
  location_request_message: { body: 1024, check: named('send_location') },
  request_contact_info: { body: 1024, check: named('request_contact_info') },
}

/** Refuses an interactive message whose parts exceed the documented limits. */
export const checkInteractive = (interactive: Json) => {
  const kind = ACTIONS[String(interactive['type'])]
  if (kind === undefined)
    throw messagingError(131009, `Unknown interactive type ${String(interactive['type'])}.`)
  within(record(interactive['body'])['text'], 'body.text', kind.body)
  const header = record(interactive['header'])
  if (header['type'] === 'text') within(header['text'], 'header.text', 60)
  if (interactive['footer'] !== undefined) within(record(interactive['footer'])['text'], 'footer.text', 60)
  kind.check(record(interactive['action']))
}
