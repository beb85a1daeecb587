import { AppError } from '../errors.ts'

type Tree = Map<string, Tree | string>

const MOST_KEYS = 1000
const DEEPEST = 8
// A name that would reach a prototype when somebody copies the object by assignment.
const UNSAFE = '__proto__'

/**
 * Reads an urlencoded body or query as PHP does: nested brackets, `[]` appends, keys 0…n-1 become a list.
 * Throws `malformed` above 1,000 fields or 8 levels, and for a zero byte.
 */
export function parsePhpForm(text: string): Record<string, unknown> {
  const root: Tree = new Map()
  let fields = 0
  for (const [name, value] of new URLSearchParams(text)) {
    if (++fields > MOST_KEYS) throw new AppError('malformed', 'The form has too many fields.')
    // PostgreSQL cannot hold it, and no portal sends it.
    if (name.includes('\0') || value.includes('\0')) throw new AppError('malformed', 'The form is not text.')
    insert(root, pathOf(name), value)
  }
  return Object.fromEntries([...root].map(([key, value]) => [key, simplify(value)]))
}

/** Writes nested values as PHP's http_build_query does: booleans as 1 and 0, null and empty lists left out. */
export function encodePhpQuery(params: Record<string, unknown>): string {
  const pairs: string[] = []
  for (const [key, value] of Object.entries(params)) append(pairs, encodeURIComponent(key), value)
  return pairs.join('&')
}

function append(pairs: string[], name: string, value: unknown): void {
  if (value === null || value === undefined) return
  if (typeof value === 'object') {
    for (const [key, inner] of Object.entries(value)) {
      append(pairs, `${name}%5B${encodeURIComponent(key)}%5D`, inner)
    }
    return
  }
  pairs.push(`${name}=${encodeURIComponent(typeof value === 'boolean' ? Number(value) : String(value))}`)
}

function pathOf(name: string): string[] {
  const open = name.indexOf('[')
  if (open <= 0) return [name]
  const inner = [...name.slice(open).matchAll(/\[([^\]]*)\]/g)].map((match) => match[1] ?? '')
  if (inner.length >= DEEPEST) throw new AppError('malformed', 'The form is nested too deep.')
  return inner.length > 0 ? [name.slice(0, open), ...inner] : [name]
}

function insert(root: Tree, path: string[], value: string): void {
  if (path.includes(UNSAFE)) return
  let node = root
  for (const [depth, part] of path.entries()) {
    const key = part === '' && depth > 0 ? String(node.size) : part
    if (depth === path.length - 1) {
      node.set(key, value)
      return
    }
    const found = node.get(key)
    const child: Tree = found instanceof Map ? found : new Map()
    node.set(key, child)
    node = child
  }
}

function simplify(value: Tree | string): unknown {
  if (typeof value === 'string') return value
  const inner = [...value].map(([key, one]): [string, unknown] => [key, simplify(one)])
  const isList = inner.every(([key], index) => key === String(index))
  return isList ? inner.map(([, one]) => one) : Object.fromEntries(inner)
}
