import { z } from 'zod'
import { parsePhpForm } from '../bitrix/php-form.ts'
import type { Deps } from '../deps.ts'
import { AppError } from '../errors.ts'
import type { PortalEvent } from '../portal/portal-event.ts'
import { receiveEvent } from '../portal/receive-event.ts'
import type { App } from './env.ts'
import { limitBody } from './guards/body-limit.ts'

const LARGEST_EVENT = 256 * 1024
const text = z.string().max(4096).catch('')

// Numbers arrive as strings, and tokens not at all when a robot caused the event (docs: events).
const Event = z.object({
  event: text,
  data: z
    .object({
      CLEAN: text,
      FIELDS: z
        .object({ ID: z.string().regex(/^\d{1,18}$/) })
        .nullable()
        .catch(null),
    })
    .catch({ CLEAN: '', FIELDS: null }),
  auth: z
    .object({
      member_id: text,
      server_endpoint: text,
      access_token: text,
      refresh_token: text,
      application_token: text,
    })
    .catch({
      member_id: '',
      server_endpoint: '',
      access_token: '',
      refresh_token: '',
      application_token: '',
    }),
})

/** POST /bitrix/events: every event of the portal's queue, which never repeats one. */
export function mountBitrixEvents(app: App, deps: Deps): void {
  app.post('/bitrix/events', limitBody(LARGEST_EVENT), async (c) => {
    const event = toEvent(parsePhpForm(await c.req.text()))
    const verdict = await receiveEvent(deps, event)
    if (verdict.ok) return c.json({ ok: true })
    const { reason, portalId, status } = verdict
    // The event's name is the sender's text; ours are listed.
    deps.log.warn('event.refused', {
      requestId: c.var.requestId,
      portalId,
      reason,
      kind: knownName(event.name),
    })
    if (status === 503) throw new AppError('unavailable', 'The portal could not be asked.')
    throw new AppError('forbidden', 'This event is not believed.')
  })
}

function toEvent(form: Record<string, unknown>): PortalEvent {
  const { event, data, auth } = Event.parse(form)
  return {
    name: event.toUpperCase(),
    memberId: auth.member_id.slice(0, 64),
    serverEndpoint: auth.server_endpoint,
    accessToken: auth.access_token,
    refreshToken: auth.refresh_token,
    applicationToken: auth.application_token || null,
    clean: data.CLEAN === '1',
    recordId: data.FIELDS?.ID ?? null,
  }
}

const knownName = (name: string): string => (/^ON[A-Z]{3,40}$/.test(name) ? name : 'unknown')
