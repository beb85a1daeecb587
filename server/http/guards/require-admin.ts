import { createMiddleware } from 'hono/factory'
import { AppError } from '../../errors.ts'
import type { Env } from '../env.ts'

/** Lets in administrators only; behind the session guard. The portal is asked again when its answer is older than a minute. */
export const requireAdmin = createMiddleware<Env>(async function requireAdmin(c, next) {
  if (!c.var.session.isAdmin || !(await c.var.confirmAdmin())) {
    throw new AppError('forbidden', 'Only an administrator of the portal may do this.')
  }
  await next()
})
