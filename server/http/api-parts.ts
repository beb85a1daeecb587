import { z } from '@hono/zod-openapi'
import type { Context } from 'hono'
import { ApiError } from '../contract.ts'
import type { Actor } from '../deps.ts'
import { asId, type ChannelId, type ConversationId, type MessageId, type PortalId } from '../ids.ts'
import type { Env } from './env.ts'

/** Every route behind a session says so. */
export const security = [{ bearer: [] as string[] }]

/** A JSON answer of a route. */
export const content = <T extends z.ZodType>(description: string, schema: T) => ({
  description,
  content: { 'application/json': { schema } },
})

/** A JSON body of a route; without it the request is refused, unless it is optional. */
export const jsonBody = <T extends z.ZodType>(schema: T, { required = true } = {}) => ({
  required,
  content: { 'application/json': { schema } },
})

const NOBODY = '00000000-0000-0000-0000-000000000000'
const IS_UUID = /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/i
// Ids are opaque to callers: one that is none of ours is simply nobody's, a 404 like any other.
const pathId = z.string().transform((id) => (IS_UUID.test(id) ? id.toLowerCase() : NOBODY))

export const ofConversation = z.object({ id: pathId.transform((id) => asId<ConversationId>(id)) })
export const ofMessage = ofConversation.extend({ messageId: pathId.transform((id) => asId<MessageId>(id)) })
export const ofChannel = z.object({ id: pathId.transform((id) => asId<ChannelId>(id)) })

const MEANING = {
  401: 'The session is over',
  403: 'Not for this user',
  404: 'Not there, or not for this user',
  409: 'Not now',
  422: 'Some values are not right',
  429: 'Too many requests',
  502: 'The other side does not answer',
  503: 'The portal does not tell who may read',
} as const

type Problem = ReturnType<typeof content<typeof ApiError>>

/** The error answers of a route, all of one shape. */
export const problems = <S extends keyof typeof MEANING>(...statuses: S[]): Record<S, Problem> =>
  Object.fromEntries(statuses.map((status) => [status, content(MEANING[status], ApiError)])) as Record<
    S,
    Problem
  >

/** Who asks, as the portal knows them. */
export const userOf = (c: Context<Env>): { portalId: PortalId; userId: string } => {
  const { portalId, userId } = c.var.session
  return { portalId, userId }
}

/** Who acts. */
export const actorOf = (c: Context<Env>): Extract<Actor, { kind: 'user' }> => {
  const { userId: id, userName: name, isAdmin } = c.var.session
  return { kind: 'user', id, name, isAdmin }
}
