import { beforeAll, describe, expect, test } from 'vitest'
import { USERS } from '../simulators/demo/seed-portal.ts'
import { bubble, send } from '../support/browser.ts'
import { useShow } from '../support/browser-show.ts'
import { customer, openTab, shown } from '../support/stage-app.ts'

const show = useShow()
const CARDS = [0, 1, 2, 3, 4, 5, 6, 7]

describe('eight cards of one person', () => {
  beforeAll(async () => {
    for (const index of CARDS) customer(show.stage, index).write(`Hello from ${index}`)
    for (const index of CARDS) {
      const contactId = String(index + 1)
      await shown(await openTab(show.stage, USERS.repA, contactId), contactId, `Hello from ${index}`)
    }
  })

  test('are all live over one stream, also when the card that leads them is closed', async () => {
    const context = await show.enter({ as: USERS.repA })
    const cards = []
    for (const index of CARDS) {
      const card = await show.visit(context, `/crm/contact/details/${index + 1}/?active_tab=0`)
      await bubble(card.frame, `Hello from ${index}`).waitFor()
      cards.push({ ...card, index })
    }
    await expect.poll(streams).toBe(1)
    await Promise.all(
      cards.map(async ({ frame, index }) => {
        customer(show.stage, index).write(`News from ${index}`)
        await bubble(frame, `News from ${index}`).waitFor({ timeout: 3_000 })
      }),
    )
    await cards[0]?.page.close()
    await Promise.all(
      cards.slice(1).map(async ({ frame, index }) => {
        customer(show.stage, index).write(`More from ${index}`)
        await bubble(frame, `More from ${index}`).waitFor({ timeout: 8_000 })
        await send(frame, `Answer to ${index}`)
        await bubble(frame, `Answer to ${index}`).getByText('Delivered').waitFor({ timeout: 8_000 })
      }),
    )
    await expect.poll(streams, { timeout: 10_000 }).toBe(1)
  })
})

async function streams(): Promise<number> {
  const { values } = await show.stage.deps.metrics.streams.get()
  return values[0]?.value ?? 0
}
