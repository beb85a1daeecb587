import { z } from 'zod'

const Change = z.looseObject({
  value: z.looseObject({ metadata: z.looseObject({ phone_number_id: z.string() }) }),
})
const Body = z.looseObject({ entry: z.array(z.looseObject({ changes: z.array(z.unknown()) })) })

/** A webhook body without the changes of these numbers; null when it holds none of theirs. What is no webhook body stays as it is. */
export function cutChanges(body: Uint8Array, numbers: readonly string[]): Uint8Array | null {
  const text = new TextDecoder().decode(body)
  if (!numbers.some((number) => text.includes(number))) return null
  const parsed = Body.safeParse(readJson(text))
  if (!parsed.success) return null
  const isTheirs = (change: unknown) => {
    const read = Change.safeParse(change)
    return read.success && numbers.includes(read.data.value.metadata.phone_number_id)
  }
  const entry = parsed.data.entry.map((one) => ({
    ...one,
    changes: one.changes.filter((change) => !isTheirs(change)),
  }))
  return new TextEncoder().encode(JSON.stringify({ ...parsed.data, entry }))
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}
