import { z } from 'zod'
import type { Command } from '../bitrix/raw-call.ts'
import { events, EVENTS_PATH, placementPath, placements } from '#placements/index.ts'

/** What the portal has of ours now. */
export type Found = {
  placements: { placement: string; handler: string }[]
  events: { event: string; handler: string }[]
}

/** The three questions registration begins with. */
export const QUESTIONS = {
  placements: { method: 'placement.get', params: {} },
  events: { method: 'event.get', params: {} },
  leads: { method: 'crm.settings.mode.get', params: {} },
} satisfies Record<string, Command>

const PlacementRows = z.array(z.object({ placement: z.string(), handler: z.string() }))
const EventRows = z.array(z.object({ event: z.string(), handler: z.string() }))

/** Reads the answers of placement.get and event.get; null for a shape we do not know. */
export function readFound(placementRows: unknown, eventRows: unknown): Found | null {
  const [first, second] = [PlacementRows.safeParse(placementRows), EventRows.safeParse(eventRows)]
  if (!first.success || !second.success) return null
  return {
    placements: first.data.map((row) => ({ ...row, placement: row.placement.toUpperCase() })),
    events: second.data.map((row) => ({ ...row, event: row.event.toUpperCase() })),
  }
}

/**
 * The commands that turn what is there into what should be: stale handlers leave first, then the missing ones come.
 * `renew` binds the tabs anew, so that changed titles show.
 */
export function planExtensions(
  found: Found,
  publicUrl: string,
  { renew }: { renew: boolean },
): Record<string, Command> {
  const eventHandler = `${publicUrl}${EVENTS_PATH}`
  const tabs = placements.map((tab) => ({ tab, handler: `${publicUrl}${placementPath(tab)}` }))
  const keeps = found.placements.filter(
    (row) => !renew && tabs.some(({ tab, handler }) => tab.code === row.placement && handler === row.handler),
  )
  const wanted = (event: string, handler: string) =>
    handler === eventHandler && events.some((one) => one === event)
  const commands = [
    ...found.placements
      .filter((row) => !keeps.includes(row))
      .map((row) => command('placement.unbind', { PLACEMENT: row.placement, HANDLER: row.handler })),
    ...tabs
      .filter(({ tab }) => !keeps.some((row) => row.placement === tab.code))
      .map(({ tab, handler }) => command('placement.bind', bindParams(tab, handler))),
    ...found.events
      .filter((row) => !wanted(row.event, row.handler))
      .map(({ event, handler }) => command('event.unbind', { event, handler })),
    ...events
      .filter((event) => !found.events.some((row) => row.event === event && row.handler === eventHandler))
      .map((event) => command('event.bind', { event, handler: eventHandler })),
  ]
  return Object.fromEntries(commands.map((one, index) => [`c${index}`, one]))
}

/** A fingerprint of everything we register; another one means that registration has to run again. */
export async function extensionsVersion(publicUrl: string): Promise<string> {
  const list = [publicUrl, placements.map(({ code, name, titles }) => [code, name, titles]), events]
  const hash = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(JSON.stringify(list)))
  return Array.from(new Uint8Array(hash, 0, 16), (byte) => byte.toString(16).padStart(2, '0')).join('')
}

const command = (method: string, params: Record<string, unknown>): Command => ({ method, params })

function bindParams(tab: (typeof placements)[number], handler: string): Record<string, unknown> {
  const titles = Object.entries(tab.titles).map(([language, TITLE]) => [language, { TITLE }])
  return {
    PLACEMENT: tab.code,
    HANDLER: handler,
    TITLE: tab.titles.en,
    LANG_ALL: Object.fromEntries(titles),
  }
}
