import { bodyLimit } from 'hono/body-limit'
import { AppError } from '../../errors.ts'

/** Refuses a body above `maxBytes` with 413, before it is read whole. */
export const limitBody = (maxBytes: number) =>
  bodyLimit({
    maxSize: maxBytes,
    onError: () => {
      throw new AppError('too_large', 'The body is too large.')
    },
  })
