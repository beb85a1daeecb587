import { beforeAll, describe, expect, test } from 'vitest'
import { USERS } from '../simulators/demo/seed-portal.ts'
import { bubble } from '../support/browser.ts'
import { useShow } from '../support/browser-show.ts'
import { customer, openTab, shown } from '../support/stage-app.ts'

const show = useShow()
const elena = () => customer(show.stage, 0)

describe('a thread', () => {
  beforeAll(async () => {
    elena().write('Is the kitchen ready?')
    await shown(await openTab(show.stage, USERS.repA, '1'), '1', 'Is the kitchen ready?')
  })

  test('shows in the open tab what the customer writes, within a second and without a reload', async () => {
    const { frame, page } = await show.openCard({ as: USERS.repA }, '1')
    const log = frame.getByRole('log', { name: 'Conversation with Elena Marinescu' })
    await log.getByText('Is the kitchen ready?').waitFor()
    const loads: string[] = []
    page.on('framenavigated', ({ url }) => loads.push(url()))
    elena().write('Could you send the offer today?')
    await log.getByText('Could you send the offer today?').waitFor({ timeout: 1_000 })
    expect(loads).toEqual([])
  })

  test('shows a reply as Sent, then Delivered, then Read, in words', async () => {
    const { frame } = await show.openCard({ as: USERS.repA }, '1')
    const reply = bubble(frame, 'Here is the offer.')
    const { control } = show.stage.graph
    control.deliveries({ paused: true })
    await frame.getByRole('textbox', { name: 'Message' }).fill('Here is the offer.')
    await frame.getByRole('button', { name: 'Send', exact: true }).click()
    await reply.getByText('Sent', { exact: true }).waitFor()
    control.deliveries({ paused: false })
    await reply.getByText('Delivered', { exact: true }).waitFor()
    elena().read()
    await reply.getByText('Read', { exact: true }).waitFor()
    expect(await reply.count()).toBe(1)
    expect(show.stage.graph.sends.filter((send) => send.text === 'Here is the offer.')).toHaveLength(1)
  })

  test('names each message by author, time and status, and its composer and button by what they are', async () => {
    const { frame } = await show.openCard({ as: USERS.repA }, '1')
    const messages = frame
      .getByRole('log', { name: 'Conversation with Elena Marinescu' })
      .getByRole('article')
    await frame
      .getByRole('article', { name: /^Elena Marinescu, \d{1,2}:\d\d( [AP]M)?, Received$/ })
      .first()
      .waitFor()
    await frame.getByRole('article', { name: /^You, \d{1,2}:\d\d( [AP]M)?, Read$/ }).waitFor()
    expect(await messages.count()).toBeGreaterThan(1)
    await frame.getByRole('textbox', { name: 'Message', exact: true }).waitFor()
    await frame.getByRole('button', { name: 'Send', exact: true }).waitFor()
  })

  test('names what a colleague wrote by the name of the colleague', async () => {
    const { frame } = await show.openCard({ as: USERS.admin }, '1')
    await frame.getByRole('article', { name: /^Daniel Okafor, .*, Read$/ }).waitFor()
  })

  test('makes links of web addresses and phones only', async () => {
    elena().write('Look: https://example.com/oak?a=1 or javascript:alert(1) or call +40 722 000 101')
    const { frame } = await show.openCard({ as: USERS.repA }, '1')
    const message = bubble(frame, 'javascript:alert(1)')
    await message.waitFor()
    const links = await message.getByRole('link').all()
    const seen = await Promise.all(
      links.map(async (link) => [await link.getAttribute('href'), await link.getAttribute('rel')]),
    )
    expect(seen).toEqual([
      ['https://example.com/oak?a=1', 'noopener noreferrer'],
      ['tel:+40722000101', null],
    ])
  })
})
