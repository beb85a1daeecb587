import { beforeAll, describe, expect, test } from 'vitest'
import { USERS } from '../simulators/demo/seed-portal.ts'
import { bubble, send } from '../support/browser.ts'
import { useShow } from '../support/browser-show.ts'
import { customer, openTab, shown } from '../support/stage-app.ts'

const show = useShow()

describe('a page of the app', () => {
  beforeAll(async () => {
    customer(show.stage, 0).write('Hello')
    await shown(await openTab(show.stage, USERS.repA, '1'), '1', 'Hello')
  })

  test('spends its session code: nobody opens a second session with it', async () => {
    const { frame } = await show.openCard({ as: USERS.repA }, '1')
    await bubble(frame, 'Hello').waitFor()
    const boot = await frame.evaluate(() => document.getElementById('boot')?.textContent ?? '{}')
    const answer = await fetch(`${show.stage.origins.app}/api/session`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ code: JSON.parse(boot).code }),
    })
    expect(answer.status).toBe(401)
  })

  test('asks for its session and its thread once each, before its own code is there', async () => {
    const context = await show.enter({ as: USERS.repA })
    const asked: string[] = []
    context.on('response', (answer) => {
      const { pathname, search } = new URL(answer.url())
      if (pathname.startsWith('/api/') && !search.includes('changedAfter')) asked.push(pathname)
    })
    const isPage = (path: string) => path.endsWith('/messages')
    // The page's code is held back until the newest messages have been answered.
    await context.route(/\/assets\/tab-.*\.js$/, async (route) => {
      await expect.poll(() => asked.some(isPage), { timeout: 5_000 }).toBe(true)
      await route.continue()
    })
    const { frame } = await show.visit(context, '/crm/contact/details/1/?active_tab=0')
    await bubble(frame, 'Hello').waitFor()
    for (const wanted of [/session$/, /conversations$/, /messages$/])
      expect(asked.filter((path) => wanted.test(path))).toHaveLength(1)
  })

  test('works where the browser blocks storage, and keeps the draft while it is open', async () => {
    const context = await show.enter({ as: USERS.repA })
    await context.addInitScript(() => {
      for (const name of ['localStorage', 'sessionStorage', 'indexedDB', 'caches']) {
        const get = () => {
          throw new DOMException('blocked', 'SecurityError')
        }
        Object.defineProperty(globalThis, name, { get })
      }
      Reflect.deleteProperty(globalThis, 'BroadcastChannel')
      Reflect.deleteProperty(globalThis, 'SharedWorker')
    })
    const { frame, page } = await show.visit(context, '/crm/contact/details/1/?active_tab=0')
    await bubble(frame, 'Hello').waitFor()
    await frame.getByRole('textbox', { name: 'Message' }).fill('Still here')
    await page.getByRole('tab', { name: 'General' }).click()
    await page.getByRole('tab', { name: 'WhatsApp' }).click()
    expect(await frame.getByRole('textbox', { name: 'Message' }).inputValue()).toBe('Still here')
    await send(frame, 'Sent without storage')
    await bubble(frame, 'Sent without storage').waitFor()
  })

  test('holds no token of the portal, of WhatsApp or of its own where a script would look', async () => {
    const { frame } = await show.openCard({ as: USERS.repA }, '1')
    await bubble(frame, 'Hello').waitFor()
    const kept = await frame.evaluate(() => {
      const values = (name: 'localStorage' | 'sessionStorage') => {
        try {
          return Object.values({ ...window[name] })
        } catch {
          return []
        }
      }
      return [
        document.cookie,
        ...values('localStorage'),
        ...values('sessionStorage'),
        document.documentElement.outerHTML,
      ]
    })
    const { accessToken, refreshToken } = show.stage.portal.tokens(USERS.repA)
    for (const text of kept) {
      expect(text).not.toMatch(/eyJ[\w-]+\.[\w-]+\./)
      for (const token of [accessToken, refreshToken, 'EAADemoToken']) expect(text).not.toContain(token)
    }
  })
})
