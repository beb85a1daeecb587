import { describe, expect, test } from 'vitest'
import { USERS } from '../simulators/demo/seed-portal.ts'
import { bubble, send } from '../support/browser.ts'
import { useShow } from '../support/browser-show.ts'
import { customer } from '../support/stage-app.ts'

const show = useShow()

describe('the timeline of a card', () => {
  test('shows the conversation as one entry that follows it, and opens the thread', async () => {
    customer(show.stage, 0).write('Is the kitchen ready?')
    const { frame, page } = await show.openCard({ as: USERS.repA }, '1')
    await bubble(frame, 'Is the kitchen ready?').waitFor()
    await send(frame, 'On Friday at noon.')
    await page.getByRole('tab', { name: 'General' }).click()
    const entry = page.locator('#timeline [data-activity]')
    await entry.getByText('Is the kitchen ready?').waitFor()
    await entry.getByText('On Friday at noon.').waitFor()
    expect(await entry.count()).toBe(1)
    await entry.getByRole('link').or(entry.getByRole('button')).last().click()
    const thread = page.frameLocator('dialog iframe')
    await thread.getByRole('log', { name: 'Conversation with Elena Marinescu' }).waitFor()
    await thread.getByRole('article').filter({ hasText: 'On Friday at noon.' }).waitFor()
  })
})
