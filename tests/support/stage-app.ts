import { NUMBER, prepareApp } from '../simulators/demo/seed-conversations.ts'
import { api, openPage, type OpenPage } from '../simulators/demo/open-page.ts'
import { PEOPLE } from '../simulators/demo/seed-portal.ts'
import type { Conversation } from '#server/contract.ts'
import type { InboundKind } from '../simulators/graph-api/types.ts'
import { deliveryBody, inboundText } from './make.ts'
import type { Stage } from './stage.ts'

export const { phoneNumberId } = NUMBER
export type Line = { text: string; at: number }

/** Gives the account to WhatsApp, installs the app, accepts the terms and connects the number. */
export async function installApp(stage: Stage): Promise<void> {
  addAccount(stage)
  await prepareApp(stage.portal)
}

/** WhatsApp knows the account; nothing is connected. */
export function addAccount({ graph }: Stage): void {
  graph.addAccount({ ...NUMBER, numbers: [NUMBER] })
}

/** Contact `index` (from 0) as a customer with a phone. */
export function customer({ graph }: Stage, index: number) {
  const { name, lastName, phone } = PEOPLE[index] ?? PEOPLE[0]
  const handle = graph.customer({ phone, name: `${name} ${lastName}` })
  return {
    ...{ name: `${name} ${lastName}`, contactId: String(index + 1) },
    write: (text: string, at?: number) =>
      handle.write({ to: phoneNumberId, text, ...(at === undefined ? {} : { at }) }),
    /** Something else than text. */
    show: (kind: InboundKind, at: number, caption?: string) =>
      handle.write({ to: phoneNumberId, kind, at, ...(caption === undefined ? {} : { text: caption }) }),
    read: () => handle.readAll(phoneNumberId),
    closeWindow: () => graph.control.closeWindow(phoneNumberId, phone),
    /** Many messages in one delivery, as Meta batches them after an outage. */
    writeMany: async (lines: Line[]) => {
      const from = phone.slice(1)
      const changes = lines.map(({ text, at }) =>
        inboundText({ ...NUMBER, from, name: `${name} ${lastName}`, text, at }),
      )
      const { status } = await graph.post(deliveryBody(changes))
      if (status !== 200) throw new Error(`the webhook answered ${status}`)
    },
  }
}

/** A session of this user on a contact's tab, as another program would use it. */
export function openTab({ portal }: Stage, userId: number, contactId: string): Promise<OpenPage> {
  const placement = 'CRM_CONTACT_DETAIL_TAB'
  return openPage(portal.openRequest({ userId, placement, options: { ID: contactId } }))
}

/** Waits until the user's tab of a contact would show this as the last message; answers the conversation. */
export async function shown(page: OpenPage, contactId: string, text: string) {
  const path = `/api/conversations?entityType=contact&entityId=${contactId}`
  for (let turn = 0; turn < 200; turn += 1) {
    const { items } = await api<{ items: Conversation[] }>(page, 'GET', path)
    const found = items.find((item) => item.lastMessage?.text === text)
    if (found) return found
    await new Promise((resolve) => setTimeout(resolve, 25))
  }
  throw new Error(`contact ${contactId} never showed its last message`)
}
