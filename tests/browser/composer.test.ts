import { beforeAll, describe, expect, test } from 'vitest'
import { USERS } from '../simulators/demo/seed-portal.ts'
import { bubble, send } from '../support/browser.ts'
import { useShow } from '../support/browser-show.ts'
import { customer, openTab, shown } from '../support/stage-app.ts'

const show = useShow()
const HOUR = 3_600
const secondsAgo = (seconds: number) => Math.floor(Date.now() / 1000) - seconds

describe('the composer', () => {
  beforeAll(async () => {
    customer(show.stage, 0).write('Hello')
    customer(show.stage, 1).write('Are you there?', secondsAgo(26 * HOUR))
    customer(show.stage, 2).write('Quick question', secondsAgo(24 * HOUR - 600))
    await shown(await openTab(show.stage, USERS.repA, '1'), '1', 'Hello')
    await shown(await openTab(show.stage, USERS.repA, '2'), '2', 'Are you there?')
    await shown(await openTab(show.stage, USERS.repA, '3'), '3', 'Quick question')
  })

  test('sends with Enter, breaks the line with Shift+Enter, and keeps the focus', async () => {
    const { frame } = await show.openCard({ as: USERS.repA }, '1')
    const message = frame.getByRole('textbox', { name: 'Message' })
    await message.pressSequentially('First line')
    await message.press('Shift+Enter')
    await message.pressSequentially('second line')
    expect(await message.inputValue()).toBe('First line\nsecond line')
    await message.press('Enter')
    await bubble(frame, 'second line').getByText('Delivered').waitFor()
    expect(await message.inputValue()).toBe('')
    expect(await message.evaluate((field) => field === document.activeElement)).toBe(true)
    expect(show.stage.graph.sends.map((send) => send.text)).toEqual(['First line\nsecond line'])
  })

  test('sends nothing when there is nothing but spaces', async () => {
    const { frame } = await show.openCard({ as: USERS.repA }, '1')
    const before = show.stage.graph.sends.length
    await frame.getByRole('textbox', { name: 'Message' }).fill('  \n ')
    await frame.getByRole('button', { name: 'Send', exact: true }).click()
    await frame.getByRole('textbox', { name: 'Message' }).press('Enter')
    expect(
      await frame
        .getByRole('article')
        .filter({ hasText: /Queued|Sending/ })
        .count(),
    ).toBe(0)
    expect(show.stage.graph.sends).toHaveLength(before)
  })

  test('keeps the draft while the reader looks at another tab of the card', async () => {
    const { frame, page } = await show.openCard({ as: USERS.repA }, '1')
    await frame.getByRole('textbox', { name: 'Message' }).fill('Half a thought')
    await page.getByRole('tab', { name: 'General' }).click()
    expect(await frame.getByRole('textbox', { name: 'Message' }).isVisible()).toBe(false)
    await page.getByRole('tab', { name: 'WhatsApp' }).click()
    expect(await frame.getByRole('textbox', { name: 'Message' }).inputValue()).toBe('Half a thought')
  })

  test('answers a message with a quote of it', async () => {
    const { frame } = await show.openCard({ as: USERS.repA }, '1')
    await bubble(frame, 'Hello').first().hover()
    await frame.getByRole('button', { name: 'Reply' }).click()
    await frame.getByText('Reply to Elena Marinescu').waitFor()
    await send(frame, 'Good morning')
    const sent = bubble(frame, 'Good morning')
    await sent.getByText('Hello').waitFor()
  })

  test('gives way to a notice when the window is closed, which says what happens next', async () => {
    const { frame } = await show.openCard({ as: USERS.repA }, '2')
    const notice = frame.getByRole('region', { name: /window/i })
    await notice.getByText('The 24-hour window is closed').waitFor()
    await notice.getByText('Tomasz Nowak').waitFor()
    expect(await frame.getByRole('button', { name: 'Send', exact: true }).count()).toBe(0)
    customer(show.stage, 1).write('Hello again')
    await frame.getByRole('button', { name: 'Send', exact: true }).waitFor()
  })

  test('warns when the window is about to close', async () => {
    const { frame } = await show.openCard({ as: USERS.repA }, '3')
    await frame.getByText(/Closes in (9|10) min/).waitFor()
    await frame.getByRole('textbox', { name: 'Message' }).waitFor()
  })
})
