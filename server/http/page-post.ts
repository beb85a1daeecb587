import type { Context } from 'hono'
import { parsePhpForm } from '../bitrix/php-form.ts'
import type { Env } from './env.ts'

/** What the portal posts into a frame (docs: widgets, "data the handler gets"); every value may be forged. */
export type PagePost = {
  accessToken: string
  refreshToken: string
  expiresInSeconds: number
  serverEndpoint: string
  applicationToken: string | null
  memberId: string
  /** PLACEMENT_OPTIONS as it came: a JSON string. */
  options: string | undefined
}

const LONGEST = 16_384
const HOUR_SECONDS = 3600

/** Reads the form of a page POST. Throws `malformed` for one no portal would send. */
export async function readPagePost(c: Context<Env>): Promise<PagePost> {
  const form = parsePhpForm(await c.req.text())
  const text = (name: string): string => {
    const value = form[name]
    return typeof value === 'string' && value.length <= LONGEST ? value : ''
  }
  const seconds = Number(text('AUTH_EXPIRES'))
  return {
    accessToken: text('AUTH_ID'),
    refreshToken: text('REFRESH_ID'),
    expiresInSeconds: seconds > 0 ? Math.min(seconds, HOUR_SECONDS) : HOUR_SECONDS,
    serverEndpoint: text('SERVER_ENDPOINT'),
    applicationToken: text('APPLICATION_TOKEN') || null,
    memberId: text('member_id').slice(0, 64),
    options: text('PLACEMENT_OPTIONS') || undefined,
  }
}
