import { RestError } from './errors.ts'
import { asMap } from './params.ts'

export interface Place {
  path: string
  languages: string[]
}

/** Throws the portal's refusal when the value at this place is wrong. */
export type Check = (value: unknown, place: Place) => void

const fail = (code: string, text: string): RestError => new RestError(400, code, text)
const at = (place: Place, key: string): Place => ({ ...place, path: `${place.path}.${key}` })

/** An object with exactly these fields, some of them required. */
export function object(fields: Record<string, Check>, required: string[]): Check {
  return (value, place) => {
    if (typeof value !== 'object' || value === null) {
      throw fail('WRONG_FIELD_VALUE', `Field "${place.path}" must be an object`)
    }
    const given = asMap(value)
    for (const name of required) {
      if (given[name] === undefined || given[name] === null || given[name] === '') {
        throw fail('FIELD_IS_REQUIRED', `Field "${place.path}.${name}" is required`)
      }
    }
    for (const [name, inner] of Object.entries(given)) {
      const check = fields[name]
      if (!check) throw fail('FIELD_IS_REDUNDANT', `Field "${place.path}.${name}" is redundant`)
      if (inner !== null) check(inner, at(place, name))
    }
  }
}

/** An associative array: Latin keys, at least and at most so many entries. */
export function keyed(check: Check, size: { min?: number; max: number }): Check {
  return (value, place) => {
    if (typeof value !== 'object' || value === null) {
      throw fail('WRONG_FIELD_VALUE', `Field "${place.path}" must be an array`)
    }
    const entries = Object.entries(value)
    if (entries.length < (size.min ?? 0)) throw fail('FIELD_IS_REQUIRED', `Field "${place.path}" is required`)
    if (entries.length > size.max) {
      throw fail('TOO_MANY_ITEMS', `Field "${place.path}" has more than ${size.max} items`)
    }
    for (const [key, inner] of entries) {
      if (!/^[A-Za-z0-9_-]+$/.test(key)) {
        throw fail('KEY_CONTAIN_WRONG_SYMBOLS', `Key "${key}" of "${place.path}" contains wrong symbols`)
      }
      check(inner, at(place, key))
    }
  }
}

/** One word of a closed list. */
export function enumeration(words: string[]): Check {
  return (value, place) => {
    if (!words.includes(String(value))) {
      throw fail('ENUM_FIELD', `Field "${place.path}" must be one of ${words.join(', ')}`)
    }
  }
}

/** The value under `key`, which must be one of these words. */
export function oneOfKeys(value: unknown, key: string, words: string[], place: Place): string {
  const word = asMap(value)[key]
  if (word === undefined || word === '')
    throw fail('FIELD_IS_REQUIRED', `Field "${place.path}.${key}" is required`)
  enumeration(words)(word, at(place, key))
  return String(word)
}

/** Any text or number. */
export const scalarText: Check = (value, place) => {
  if (typeof value !== 'string' && typeof value !== 'number') {
    throw fail('WRONG_FIELD_VALUE', `Field "${place.path}" must be a string`)
  }
}

/** True, false, and the ways PHP writes them. */
export const boolean: Check = (value, place) => {
  const words = ['true', 'false', 'Y', 'N', '1', '0', '']
  if (!words.includes(String(value))) throw fail('WRONG_FIELD_VALUE', `Field "${place.path}" must be boolean`)
}

/** A text, or a text per language of the portal. */
export const translated: Check = (value, place) => {
  if (typeof value !== 'object' || value === null) return scalarText(value, place)
  const entries = Object.entries(value)
  if (entries.length === 0) throw fail('FIELD_IS_REQUIRED', `Field "${place.path}" is required`)
  for (const [lang, inner] of entries) {
    if (!place.languages.includes(lang))
      throw fail('WRONG_LANG', `Language "${lang}" is not set on the portal`)
    scalarText(inner, at(place, lang))
  }
}

const sliderParams: Check = (value, place) => {
  object({ width: scalarText, leftBoundary: scalarText, title: scalarText }, [])(value, place)
  const given = asMap(value)
  if (given['width'] !== undefined && given['leftBoundary'] !== undefined) {
    throw fail('WRONG_FIELD_VALUE', `Field "${place.path}" has both width and leftBoundary`)
  }
}
const anything: Check = () => undefined
const actionTypes: Record<string, Check> = {
  redirect: object({ type: scalarText, uri: scalarText }, ['uri']),
  openRestApp: object({ type: scalarText, actionParams: anything, sliderParams }, []),
  restEvent: object(
    {
      type: scalarText,
      id: scalarText,
      actionParams: anything,
      animationType: enumeration(['disable', 'loader']),
    },
    ['id'],
  ),
}

/** What a click does: redirect, openRestApp or restEvent. */
export const action: Check = (value, place) => {
  const type = oneOfKeys(value, 'type', Object.keys(actionTypes), place)
  actionTypes[type]?.(value, place)
}
