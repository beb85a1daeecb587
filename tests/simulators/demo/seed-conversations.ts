import { setTimeout as sleep } from 'node:timers/promises'
import type { Portal } from '../bitrix24/app.ts'
import type { GraphApi } from '../graph-api/types.ts'
import { api, openPage } from './open-page.ts'
import { PEOPLE, USERS } from './seed-portal.ts'

export const NUMBER = {
  wabaId: '300000000000001',
  phoneNumberId: '400000000000001',
  token: 'EAADemoToken',
  displayPhoneNumber: '+40 31 200 0100',
  verifiedName: 'Showroom number',
}

const WORDS = [
  ['This is our wall. The socket is on the left, is that a problem?', 'Could you send the offer today?'],
  ['Hello, do the office chairs come in green?'],
  ['Good morning! When can you deliver?', 'We open on Monday.'],
  ['Do you ship to Dubai?'],
  ['Please send the invoice again.'],
  ['Oi! Qual é o preço do modelo grande?'],
  ['Добрый день, замер в четверг в силе?'],
  ['Is the oak table still available?'],
]
const STRANGERS = [
  { phone: '+40722000201', name: 'Radu', text: 'Hi, I saw your showroom. Are you open on Sunday?' },
  { phone: '+4915112000202', name: 'Klaus Weber', text: 'Guten Tag, liefern Sie auch nach Deutschland?' },
]

/** Installs the app as an administrator would, accepts the terms and connects the number. */
export async function prepareApp(portal: Portal): Promise<void> {
  const installer = await openPage(portal.installRequest(USERS.admin))
  while (!(await api<{ ready: boolean }>(installer, 'GET', '/api/install')).ready) await sleep(200)
  portal.finishInstall(USERS.admin)
  const page = await openPage(portal.openRequest({ userId: USERS.admin, placement: 'DEFAULT' }))
  const { termsVersion } = await api<{ termsVersion: string }>(page, 'GET', '/api/setup')
  await api(page, 'POST', '/api/terms', { version: termsVersion, retention: { messages: 'active' } })
  const { wabaId, phoneNumberId, token } = NUMBER
  await api(page, 'POST', '/api/channels', { kind: 'cloud', wabaId, phoneNumberId, accessToken: token })
}

/** Prepares the app and lets ten customers write. */
export async function seedConversations(portal: Portal, graph: GraphApi): Promise<void> {
  await prepareApp(portal)
  const now = Math.floor(Date.now() / 1000)
  PEOPLE.forEach(({ name, lastName, phone }, person) => {
    const customer = graph.customer({ phone, name: `${name} ${lastName}` })
    WORDS[person]?.forEach((text, index) => {
      customer.write({
        to: NUMBER.phoneNumberId,
        text,
        at: now - (PEOPLE.length - person) * 900 + index * 40,
      })
    })
  })
  STRANGERS.forEach(({ phone, name, text }, index) => {
    graph.customer({ phone, name }).write({ to: NUMBER.phoneNumberId, text, at: now - 600 + index * 200 })
  })
  await graph.settle()
}
