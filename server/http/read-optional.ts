import type { z } from 'zod'
import { AppError } from '../errors.ts'
import { refuseInvalid } from './answer-error.ts'

/** A JSON body that may be missing; `{}` then. Throws `malformed` or `invalid`. */
export async function readOptional<T>(request: Request, shape: z.ZodType<T>): Promise<T> {
  const text = await request.text()
  const parsed = shape.safeParse(text.trim() === '' ? {} : parse(text))
  if (parsed.success) return parsed.data
  refuseInvalid(parsed)
  throw new AppError('invalid', 'Some values are not right.')
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw new AppError('malformed', 'The body is not readable.')
  }
}
