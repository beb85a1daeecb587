// Array types by their fixed oids (pg_type.dat). The driver would ask each new connection for them instead: one more
// round trip, arrays that are unknown before the first one, and a promise nobody handles when that question is cut off.
type Element = (text: string) => unknown

const asText: Element = (text) => text
const asNumber: Element = (text) => Number(text)
const asBytes: Element = (text) => Buffer.from(text.slice(2), 'hex')
const asDate: Element = (text) => new Date(text)
const asJson: Element = (text) => JSON.parse(text)

const ARRAYS: readonly [element: number, array: number, parse: Element][] = [
  [16, 1000, (text) => text === 't'],
  [17, 1001, asBytes],
  [20, 1016, asText],
  [21, 1005, asNumber],
  [23, 1007, asNumber],
  [25, 1009, asText],
  [114, 199, asJson],
  [701, 1022, asNumber],
  [1043, 1015, asText],
  [1184, 1185, asDate],
  [2950, 2951, asText],
  [3802, 3807, asJson],
]

/** Array oid of each element oid. */
export const ARRAY_OIDS: Record<number, number> = Object.fromEntries(
  ARRAYS.map(([element, array]) => [element, array]),
)

/** Readers and writers of one-dimensional arrays, in the driver's shape. */
export const ARRAY_TYPES = Object.fromEntries(
  ARRAYS.map(([, oid, parse]) => [
    `array${oid}`,
    { to: oid, from: [oid], serialize: writeArray, parse: (text: string) => readArray(text, parse) },
  ]),
)

// drizzle hands over arrays that are written already.
function writeArray(list: unknown): string {
  return Array.isArray(list) ? `{${list.map(writeElement).join(',')}}` : String(list)
}

function writeElement(value: unknown): string {
  if (value === null || value === undefined) return 'null'
  return `"${textOf(value).replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`
}

function textOf(value: unknown): string {
  if (value instanceof Date) return value.toISOString()
  if (value instanceof Uint8Array) return `\\x${Buffer.from(value).toString('hex')}`
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}

function readArray(text: string, parse: Element): unknown[] {
  const items = text.slice(1, -1).matchAll(/"((?:[^"\\]|\\.)*)"|([^,]+)/gs)
  return Array.from(items, ([, quoted, bare]) => {
    if (quoted !== undefined) return parse(quoted.replaceAll(/\\(.)/gs, '$1'))
    return bare === 'NULL' ? null : parse(bare ?? '')
  })
}
