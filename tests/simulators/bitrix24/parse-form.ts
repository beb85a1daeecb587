type Tree = Map<string, Tree | string>

/** Reads an urlencoded body or query as PHP's parse_str does: nested brackets, lists where keys run from 0. */
export function parseForm(text: string): Record<string, unknown> {
  const root: Tree = new Map()
  for (const [name, value] of new URLSearchParams(text)) insert(root, pathOf(name), value)
  return Object.fromEntries([...root].map(([key, value]) => [key, simplify(value)]))
}

/** Turns an object whose keys are exactly 0..n-1 into a list, and an empty one into [], as PHP's json_encode does. */
export function phpMap(entries: Record<string, unknown>): unknown {
  const keys = Object.keys(entries)
  return keys.every((key, index) => key === String(index)) ? Object.values(entries) : entries
}

function pathOf(name: string): string[] {
  const open = name.indexOf('[')
  if (open <= 0) return [name]
  const inner = [...name.slice(open).matchAll(/\[([^\]]*)\]/g)].map((match) => match[1] ?? '')
  return inner.length > 0 ? [name.slice(0, open), ...inner] : [name]
}

function insert(root: Tree, path: string[], value: string): void {
  let node = root
  path.forEach((part, depth) => {
    const key = part === '' && depth > 0 ? String(nextIndex(node)) : part
    if (depth === path.length - 1) {
      node.set(key, value)
      return
    }
    const found = node.get(key)
    const child: Tree = found instanceof Map ? found : new Map()
    node.set(key, child)
    node = child
  })
}

function nextIndex(node: Tree): number {
  const numbers = [...node.keys()].filter((key) => /^\d+$/.test(key)).map(Number)
  return numbers.length > 0 ? Math.max(...numbers) + 1 : 0
}

function simplify(value: Tree | string): unknown {
  if (typeof value === 'string') return value
  return phpMap(Object.fromEntries([...value].map(([key, inner]) => [key, simplify(inner)])))
}
