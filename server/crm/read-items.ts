import { z } from 'zod'

const Id = z.union([z.string(), z.number()]).transform(String)
const Items = z.looseObject({ items: z.array(z.looseObject({ id: Id })) })

/** The ids in an answer of crm.item.list; none when the answer has another shape. */
export function readItemIds(result: unknown): string[] {
  const parsed = Items.safeParse(result)
  return parsed.success ? parsed.data.items.map((item) => item.id) : []
}
