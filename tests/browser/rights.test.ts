import { beforeAll, describe, expect, test } from 'vitest'
import type { Page } from 'playwright-core'
import { USERS } from '../simulators/demo/seed-portal.ts'
import { api } from '../simulators/demo/open-page.ts'
import { appFrame, bubble } from '../support/browser.ts'
import { findFlaws } from '../support/browser-looks.ts'
import { useShow } from '../support/browser-show.ts'
import { customer, openTab, shown } from '../support/stage-app.ts'

const show = useShow()
const SECRET = 'The price stays between us'
let conversationId = ''

describe('who may not read the record', () => {
  beforeAll(async () => {
    customer(show.stage, 0).write(SECRET)
    customer(show.stage, 7).write('Is the oak table still available?')
    ;({ id: conversationId } = await shown(await openTab(show.stage, USERS.repA, '1'), '1', SECRET))
    await shown(await openTab(show.stage, USERS.repB, '8'), '8', 'Is the oak table still available?')
  })

  test('sees an honest page that names nobody and starts nothing', async () => {
    show.expectProblem(/status of 403/)
    const { page, frame } = await show.openCard({ as: USERS.repB }, '8')
    await bubble(frame, 'Is the oak table').waitFor()
    await openForged(page, '1')
    const heading = page.frameLocator('iframe').getByRole('heading')
    await heading.getByText('No access to this record').waitFor()
    const refused = await appFrame(page, show.stage.origins.app)
    const source = await refused.content()
    expect(source).not.toContain('id="boot"')
    expect(source).not.toContain('Elena')
    expect(source).not.toContain(SECRET)
    expect(await findFlaws(page, refused, 'no access')).toEqual([])
  })

  test('gets nothing by the API either', async () => {
    const tab = await openTab(show.stage, USERS.repB, '8')
    const path = `/api/conversations/${conversationId}`
    const body = { clientId: crypto.randomUUID(), text: 'Hi' }
    const refused = /answered 404/
    await expect(api(tab, 'GET', path)).rejects.toThrow(refused)
    await expect(api(tab, 'GET', `${path}/messages`)).rejects.toThrow(refused)
    await expect(api(tab, 'GET', `${path}/messages?changedAfter=0`)).rejects.toThrow(refused)
    await expect(api(tab, 'GET', `${path}/binding`)).rejects.toThrow(refused)
    await expect(api(tab, 'POST', `${path}/messages`, body)).rejects.toThrow(refused)
    const own = await api<{ items: { id: string }[] }>(tab, 'GET', '/api/conversations')
    expect(own.items.map(({ id }) => id)).not.toContain(conversationId)
    const filtered = await api<object>(tab, 'GET', '/api/conversations?entityType=contact&entityId=1')
    expect(filtered).toEqual({ items: [], nextCursor: null })
  })

  test('sees nothing any more within a minute after the right is gone', async () => {
    // The conversation is 404 now, and the portal's own card says no to its timeline.
    show.expectProblem(/status of 404|403 .*_portal\/timeline/)
    const { frame } = await show.openCard({ as: USERS.repA }, '1')
    await bubble(frame, SECRET).waitFor()
    show.stage.portal.setRights(USERS.repA, 'none')
    show.stage.advance(61_000)
    customer(show.stage, 0).write('And this is new')
    await frame.getByRole('heading', { name: 'You cannot open this conversation' }).waitFor()
    const source = await frame.content()
    for (const word of ['Elena', SECRET, 'And this is new']) expect(source).not.toContain(word)
    show.stage.portal.setRights(USERS.repA, 'all')
  })
})

/** A frame for a record that the viewer's portal would not offer: the request of the open tab with another id. */
const openForged = (page: Page, recordId: string): Promise<void> =>
  page.evaluate(async (id) => {
    const tab = document.querySelector<HTMLElement>('[role=tab][data-request]')
    const panel = document.querySelector('[role=tabpanel]:not([hidden])')
    const request = { ...JSON.parse(tab?.dataset['request'] ?? '{}'), options: { ID: id } }
    const { PortalFrames } = globalThis as unknown as {
      PortalFrames: { mount(place: Element | null, request: object): Promise<void> }
    }
    await PortalFrames.mount(panel, request)
  }, recordId)
