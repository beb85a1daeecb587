import type { B24Frame } from '@bitrix24/b24jssdk'
import type { CrmRecord } from './contract.ts'

let frame: Promise<B24Frame | null> | null = null

// The SDK is heavy and of no use for the first paint. Outside a portal it throws: then there is no frame to talk to.
const portal = (): Promise<B24Frame | null> => {
  frame ??= import('@bitrix24/b24jssdk').then((sdk) => sdk.initializeB24Frame()).catch(() => null)
  return frame
}

// Denied commands are never answered by the portal, so nothing here waits for an answer.
const tell = (work: (frame: B24Frame) => Promise<unknown>): void =>
  void portal().then((found) => found && work(found).catch(() => undefined))

/** The portal's host from the frame's name (`host|protocol|sid`), or an empty string outside a portal. */
export const portalHost = (): string => window.name.split('|')[0] ?? ''

// What a browser and a CRM card put above a tab, in px: the composer must be in sight without scrolling the card.
const ABOVE_THE_TAB = 290

/** Asks once, after the first paint, for the height the widget needs (480 to 900 px); sliders do not answer. */
export function fitFrame(): void {
  const height = Math.min(900, Math.max(480, window.screen.availHeight - ABOVE_THE_TAB))
  tell((found) => found.parent.resizeWindow(Math.max(360, document.body.clientWidth), height))
}

/** Tells the portal that the installation is done; the portal reloads the page, so this never resolves. */
export function finishInstall(): void {
  tell((found) => found.installFinish())
}

/** Opens a CRM record in the portal's slider; false when there is no portal around. */
export async function openRecord(record: CrmRecord): Promise<boolean> {
  const found = await portal()
  if (!found) return false
  const path = new URL(record.url, found.getTargetOrigin()).pathname
  void found.slider.openPath(found.slider.getUrl(path)).catch(() => undefined)
  return true
}
