import type { EntityType } from '../state.ts'
import { RestError } from './errors.ts'
import { isFilterable } from './item-shape.ts'
import { asList, asMap } from './params.ts'

type Item = Record<string, unknown>
type Test = (item: Item) => boolean

const operators = ['>=', '<=', '!=%', '!%=', '!@', '=%', '%=', '!%', '!=', '>', '<', '@', '%', '=', '!']
const refuse = (text: string): RestError => new RestError(400, 'INVALID_ARG_VALUE', text)

/** Compiles the filter of `crm.item.list`; fields unknown to the type are refused as documented. */
export function compileFilter(type: EntityType, filter: unknown): Test {
  const entries = Object.entries(asMap(filter))
  const logic = String(asMap(filter)['logic'] ?? 'AND').toUpperCase()
  const tests = entries.filter(([key]) => key !== 'logic').map(([key, value]) => compileOne(type, key, value))
  return (item) => (logic === 'OR' ? tests.some((test) => test(item)) : tests.every((test) => test(item)))
}

/** Sorts by the `order` of `crm.item.list`; default is by id. */
export function sortItems(type: EntityType, items: Item[], order: unknown): Item[] {
  const keys = Object.entries(asMap(order)).map(([field, direction]): [string, number] => {
    if (!isFilterable(type, field)) {
      throw refuse(`Invalid order: field '${field}' is not allowed in order`)
    }
    const word = String(direction).toUpperCase()
    if (word !== 'ASC' && word !== 'DESC') {
      const text = `Invalid order: allowed sort directions are \`ASC, DESC\`. But got '${String(direction)}'`
      throw refuse(`${text} for field '${field}'`)
    }
    return [field, word === 'ASC' ? 1 : -1]
  })
  const rules = keys.length > 0 ? keys : [['id', 1] satisfies [string, number]]
  return items.toSorted((a, b) => {
    for (const [field, sign] of rules) {
      const difference = compare(a[String(field)], b[String(field)])
      if (difference !== 0) return difference * Number(sign)
    }
    return 0
  })
}

function compileOne(type: EntityType, key: string, value: unknown): Test {
  if (/^\d+$/.test(key)) return compileFilter(type, value)
  const operator = operators.find((one) => key.startsWith(one)) ?? ''
  const field = key.slice(operator.length)
  if (!isFilterable(type, field)) throw refuse(`Invalid filter: field '${field}' is not allowed in filter`)
  const wanted = asList(value)
  if (field === 'id' && wanted.some((one) => Number.isNaN(Number(one)))) {
    throw refuse(`Invalid filter: field '${field}' has invalid value`)
  }
  const test = testOf(operator, wanted)
  return (item) => test(asList(item[field]).length > 0 ? asList(item[field]) : [''])
}

function testOf(operator: string, wanted: unknown[]): (values: unknown[]) => boolean {
  const one = wanted[0] ?? ''
  const any = (check: (value: unknown) => boolean) => (values: unknown[]) => values.some(check)
  const none = (check: (value: unknown) => boolean) => (values: unknown[]) => !values.some(check)
  const equal = (value: unknown): boolean => wanted.some((each) => String(each) === String(value ?? ''))
  const contains = (value: unknown): boolean =>
    String(value).toLowerCase().includes(String(one).replaceAll('%', '').toLowerCase())
  switch (operator) {
    case '>=':
      return any((value) => compare(value, one) >= 0)
    case '<=':
      return any((value) => compare(value, one) <= 0)
    case '>':
      return any((value) => compare(value, one) > 0)
    case '<':
      return any((value) => compare(value, one) < 0)
    case '%':
    case '=%':
    case '%=':
      return any(contains)
    case '!%':
    case '!=%':
    case '!%=':
      return none(contains)
    case '!':
    case '!=':
    case '!@':
      return none(wanted.length > 0 ? equal : (value) => String(value ?? '') === '')
    default:
      return any(wanted.length > 0 ? equal : (value) => operator !== '@' && String(value ?? '') === '')
  }
}

function compare(a: unknown, b: unknown): number {
  const [x, y] = [Number(a), Number(b)]
  if (!Number.isNaN(x) && !Number.isNaN(y)) return x - y
  const [s, t] = [Date.parse(String(a)), Date.parse(String(b))]
  if (!Number.isNaN(s) && !Number.isNaN(t)) return s - t
  return String(a ?? '').localeCompare(String(b ?? ''))
}
