import { AppError } from '../../errors.ts'

/** The raw bytes of a request, read no further than `limit`. Throws `too_large`. */
export async function readBody(request: Request, limit: number): Promise<Uint8Array> {
  const declared = request.headers.get('content-length')
  const tooLarge = () => new AppError('too_large', 'The body is too large.')
  if (declared !== null && Number(declared) > limit) throw tooLarge()
  // The server holds a declared length to its word; only a stream may turn out longer.
  if (declared !== null) return new Uint8Array(await request.arrayBuffer())
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of request.body ?? []) {
    size += chunk.length
    if (size > limit) throw tooLarge()
    chunks.push(chunk)
  }
  return concat(chunks, size)
}

function concat(chunks: readonly Uint8Array[], size: number): Uint8Array {
  const whole = new Uint8Array(size)
  let offset = 0
  for (const chunk of chunks) {
    whole.set(chunk, offset)
    offset += chunk.length
  }
  return whole
}
