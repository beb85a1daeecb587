/** Compares two secrets in time that does not depend on where they differ. */
export function sameBytes(left: Uint8Array, right: Uint8Array): boolean {
  let difference = left.length ^ right.length
  for (let i = 0; i < left.length; i++) difference |= (left[i] ?? 0) ^ (right[i % (right.length || 1)] ?? 0)
  return difference === 0
}

/** `sameBytes` over UTF-8 text. */
export function sameText(left: string, right: string): boolean {
  const encoder = new TextEncoder()
  return sameBytes(encoder.encode(left), encoder.encode(right))
}
