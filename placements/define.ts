import { RecordRef, type EntityType, type Language, type PageName } from '#server/contract.ts'

type Context = { ok: true; entity: RecordRef } | { ok: false; reason: 'no_options' | 'no_record' }

/** A tab we register in the cards of one kind of record. */
export type Placement = {
  /** The portal's code, such as CRM_CONTACT_DETAIL_TAB. */
  readonly code: string
  /** Last segment of the handler's path. */
  readonly name: EntityType
  readonly page: PageName
  readonly titles: Readonly<Record<Language, string>>
  /** Reads PLACEMENT_OPTIONS, a JSON *string* (docs: placements, CRM_*_DETAIL_TAB: `ID`). */
  parseContext(options: string | undefined): Context
}

/** One tab as data; the record's type follows from the placement, the portal passes only its id. */
export function definePlacement(given: Omit<Placement, 'parseContext'>): Placement {
  return { ...given, parseContext: (options) => parseContext(given.name, options) }
}

function parseContext(type: EntityType, options: string | undefined): Context {
  const parsed = readJson(options)
  if (!parsed) return { ok: false, reason: 'no_options' }
  const id = 'ID' in parsed ? parsed.ID : undefined
  const entity = RecordRef.safeParse({ type, id: typeof id === 'number' ? String(id) : id })
  return entity.success && Number(entity.data.id) > 0
    ? { ok: true, entity: entity.data }
    : { ok: false, reason: 'no_record' }
}

function readJson(text: string | undefined): object | null {
  try {
    const value: unknown = JSON.parse(text ?? '')
    return typeof value === 'object' ? value : null
  } catch {
    return null
  }
}
