/** Cells as one text parameter: write `${byteList(cells)}::text::bytea[]`. The driver's own array type is unknown to it before its first connection, and slower. */
export function byteList(cells: readonly Uint8Array[]): string {
  const items = cells.map((cell) => `"\\\\x${hexOf(cell)}"`)
  return `{${items.join(',')}}`
}

function hexOf({ buffer, byteOffset, byteLength }: Uint8Array): string {
  return Buffer.from(buffer, byteOffset, byteLength).toString('hex')
}
