import { beforeAll, describe, expect, test } from 'vitest'
import type { BrowserContext, Page } from 'playwright-core'
import { USERS } from '../simulators/demo/seed-portal.ts'
import { bubble, send } from '../support/browser.ts'
import { useShow } from '../support/browser-show.ts'
import { customer, openTab, shown } from '../support/stage-app.ts'

const show = useShow()
const CARD = '/crm/contact/details/1/?active_tab=0'

describe('a card without a connection', () => {
  beforeAll(async () => {
    customer(show.stage, 0).write('Hello')
    await shown(await openTab(show.stage, USERS.repA, '1'), '1', 'Hello')
  })

  test('keeps the composer, and what was written leaves once when the browser is online again', async () => {
    show.expectProblem(/ERR_INTERNET_DISCONNECTED|ERR_NETWORK_CHANGED/)
    const context = await show.enter({ as: USERS.repA })
    const clientIds = listenForSends(context)
    const { frame, page } = await show.visit(context, CARD)
    await bubble(frame, 'Hello').waitFor()
    await fitted(page)
    await context.setOffline(true)
    await frame.getByText('No connection.').waitFor()
    for (const text of ['While offline', 'and a second one']) {
      await send(frame, text)
      await bubble(frame, text).getByText('Queued').waitFor()
    }
    expect(sendsOf('While offline')).toBe(0)
    await context.setOffline(false)
    await frame.getByText('2 messages sent').waitFor()
    for (const text of ['While offline', 'and a second one']) {
      const message = bubble(frame, text)
      await message.getByText('Delivered').waitFor()
      expect(await message.count()).toBe(1)
      expect(sendsOf(text)).toBe(1)
      expect(clientIds(text).size).toBe(1)
    }
  })

  test('notices by itself that the server is out of reach, and catches up when it is back', async () => {
    show.expectProblem(
      /ERR_(CONNECTION_(RESET|REFUSED|CLOSED)|EMPTY_RESPONSE|CONTENT_LENGTH_MISMATCH|INCOMPLETE_CHUNKED_ENCODING|SOCKET_NOT_CONNECTED)/,
    )
    const context = await show.enter({ as: USERS.repA })
    const clientIds = listenForSends(context)
    const { frame, page } = await show.visit(context, CARD)
    await bubble(frame, 'Hello').waitFor()
    await fitted(page)
    show.stage.line.cut(60_000)
    await send(frame, 'Through the gap')
    await frame.getByText('No connection.').waitFor()
    customer(show.stage, 0).write('Did you get it?')
    show.stage.line.cut(0)
    const message = bubble(frame, 'Through the gap')
    await message.getByText('Delivered').waitFor({ timeout: 15_000 })
    await bubble(frame, 'Did you get it?').waitFor({ timeout: 15_000 })
    expect(await frame.getByText('No connection.').count()).toBe(0)
    expect(sendsOf('Through the gap')).toBe(1)
    expect(clientIds('Through the gap').size).toBe(1)
  })
})

/** The last thing a page loads is the SDK, which asks the portal for its height. */
const fitted = (page: Page) => page.locator('iframe[style*="height"]').waitFor()

const sendsOf = (text: string) => show.stage.graph.sends.filter((send) => send.text === text).length

/** The client ids with which a text was posted, however often. */
function listenForSends(context: BrowserContext): (text: string) => Set<string> {
  const posts: { clientId: string; text: string }[] = []
  context.on('request', (request) => {
    if (request.method() === 'POST' && request.url().endsWith('/messages')) posts.push(request.postDataJSON())
  })
  return (text) => new Set(posts.filter((post) => post.text === text).map((post) => post.clientId))
}
