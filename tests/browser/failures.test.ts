import { beforeAll, describe, expect, test } from 'vitest'
import { USERS } from '../simulators/demo/seed-portal.ts'
import { bubble, send } from '../support/browser.ts'
import { useShow } from '../support/browser-show.ts'
import { customer, openTab, shown } from '../support/stage-app.ts'

const show = useShow()

describe('a message that does not leave', () => {
  beforeAll(async () => {
    customer(show.stage, 0).write('Hello')
    await shown(await openTab(show.stage, USERS.repA, '1'), '1', 'Hello')
  })

  test('says why, and leaves at the second try when the reason has passed', async () => {
    show.stage.graph.control.failNext({ route: 'messages', as: { status: 400, code: 131048 } })
    const { frame } = await show.openCard({ as: USERS.repA }, '1')
    await send(frame, 'See you on Monday')
    const message = bubble(frame, 'See you on Monday')
    await message.getByText('Not sent: WhatsApp restricted this number').waitFor()
    await frame.getByRole('article', { name: /^You, .*, Not sent: WhatsApp restricted/ }).waitFor()
    await message.getByRole('button', { name: 'Send again' }).click()
    await message.getByText('Delivered').waitFor()
    expect(await message.getByText('Not sent').count()).toBe(0)
    expect(acceptedSends('See you on Monday')).toBe(1)
  })

  test('offers no second try when the reason stays', async () => {
    show.stage.graph.control.failNext({ route: 'messages', as: { status: 400, code: 131026 } })
    const { frame } = await show.openCard({ as: USERS.repA }, '1')
    await send(frame, 'Nobody will read this')
    const message = bubble(frame, 'Nobody will read this')
    await message.getByText('Not sent: this number is not on WhatsApp').waitFor()
    expect(await message.getByRole('button', { name: 'Send again' }).count()).toBe(0)
  })

  test('leaves once when only the answer to it was lost', async () => {
    show.expectProblem(/ERR_CONNECTION_RESET/)
    const context = await show.enter({ as: USERS.repA })
    const clientIds: unknown[] = []
    await context.route('**/api/conversations/*/messages', async (route) => {
      if (route.request().method() !== 'POST') return route.fallback()
      clientIds.push(route.request().postDataJSON().clientId)
      if (clientIds.length > 1) return route.fallback()
      await route.fetch()
      await route.abort('connectionreset')
    })
    const { frame } = await show.visit(context, '/crm/contact/details/1/?active_tab=0')
    await send(frame, 'Only once')
    const message = bubble(frame, 'Only once')
    await message.getByText('Delivered').waitFor()
    await expect.poll(() => clientIds.length).toBe(2)
    expect(new Set(clientIds).size).toBe(1)
    expect(await message.count()).toBe(1)
    expect(acceptedSends('Only once')).toBe(1)
  })
})

const acceptedSends = (text: string) =>
  show.stage.graph.sends.filter((send) => send.text === text && send.error === null).length
