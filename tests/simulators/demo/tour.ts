import { readFileSync } from 'node:fs'
import { Hono } from 'hono'
import type { Portal } from '../bitrix24/app.ts'
import type { GraphApi } from '../graph-api/types.ts'
import type { Line } from './line.ts'
import { NUMBER } from './seed-conversations.ts'
import { PEOPLE, USERS } from './seed-portal.ts'

export type Stage = { portal: Portal; graph: GraphApi; line: Line; urls: { portal: string; phone: string } }

const OFFLINE_MS = 20_000
const pageFile = new URL('./tour.html', import.meta.url)

/** The tour's page and the faults behind its buttons; each says what to watch for. */
export function createTour(stage: Stage): Hono {
  const { portal, graph, line } = stage
  let revoked = false
  const faults: Record<string, () => unknown> = {
    offline: () => line.cut(OFFLINE_MS),
    duplicate: () => graph.repeatLast(),
    'graph-500': () => graph.control.failNext({ route: 'messages', as: '500' }),
    'window-shut': () => graph.control.closeWindow(NUMBER.phoneNumberId, PEOPLE[0].phone),
    'revoke-b': () => {
      revoked = !revoked
      const right = revoked
        ? ({ read: 'none', write: 'none' } as const)
        : ({ read: 'own', write: 'own' } as const)
      portal.setRights(USERS.repB, { contact: right, lead: right, deal: right, company: right })
    },
  }
  const app = new Hono()
  app.get('/tour', (c) => {
    const { phone, portal: origin } = stage.urls
    return c.html(
      readFileSync(pageFile, 'utf8').replaceAll('{{phone}}', phone).replaceAll('{{portal}}', origin),
    )
  })
  app.post('/tour/:fault', async (c) => {
    const fault = faults[c.req.param('fault')]
    if (!fault) return c.json({ ok: false }, 404)
    await fault()
    return c.json({ ok: true, revoked })
  })
  return app
}
