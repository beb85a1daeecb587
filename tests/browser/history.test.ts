import { beforeAll, describe, expect, test } from 'vitest'
import type { Frame } from 'playwright-core'
import { USERS } from '../simulators/demo/seed-portal.ts'
import { bubble } from '../support/browser.ts'
import { useShow } from '../support/browser-show.ts'
import { customer, openTab, shown } from '../support/stage-app.ts'

const show = useShow()
const COUNT = 300

describe('a long thread', () => {
  beforeAll(async () => {
    const now = Math.floor(Date.now() / 1000)
    const lines = Array.from({ length: COUNT }, (_, index) => ({
      // Different heights, so that a wrong guess of a height shows.
      text: `Line ${index} ${'and more words '.repeat((index * 7) % 23)}`,
      at: now - (COUNT - index) * 300,
    }))
    for (let from = 0; from < COUNT; from += 100)
      await customer(show.stage, 0).writeMany(lines.slice(from, from + 100))
    await shown(await openTab(show.stage, USERS.repA, '1'), '1', lines.at(-1)?.text ?? '')
  })

  test('opens at its end, with no more rows in the page than the reader needs', async () => {
    const frame = await openThread()
    expect(await gapBelow(frame)).toBeLessThanOrEqual(1)
    expect(await frame.getByRole('article').count()).toBeLessThan(60)
  })

  test('loads older pages while the reader scrolls up, and what is read stays where it is', async () => {
    const frame = await openThread()
    const jumps: number[] = []
    for (let turn = 0; turn < 200 && (await bubble(frame, 'Line 0 ').count()) === 0; turn += 1)
      jumps.push(await scrollUp(frame, 1_400))
    await bubble(frame, 'Line 0 ').waitFor()
    // A row of text: what is left of guessed heights. A lost place is hundreds.
    expect(Math.max(...jumps)).toBeLessThanOrEqual(60)
  })

  test('says how many messages came while the reader was further up, and leads to them', async () => {
    const frame = await openThread()
    await scrollUp(frame, 2_000)
    await frame.getByRole('button', { name: 'To the latest message' }).waitFor()
    const before = await position(frame)
    customer(show.stage, 0).write('First of two')
    customer(show.stage, 0).write('Second of two')
    const pill = frame.getByRole('button', { name: '2 new messages' })
    await pill.waitFor()
    expect(await position(frame)).toBe(before)
    await pill.click()
    await bubble(frame, 'Second of two').waitFor()
    await expect.poll(() => gapBelow(frame)).toBeLessThanOrEqual(1)
    await pill.waitFor({ state: 'hidden' })
  })
})

async function openThread(): Promise<Frame> {
  const { frame } = await show.openCard({ as: USERS.repA }, '1')
  await bubble(frame, 'Line 299 ').waitFor()
  await atRest(frame)
  return frame
}

/** Waits until the list has stood still for ten frames: nobody reads a thread that is still being drawn. */
const atRest = (frame: Frame) =>
  frame.getByRole('log').evaluate(async (log) => {
    const look = () => `${log.scrollTop} ${log.scrollHeight} ${log.getAttribute('aria-busy')}`
    let seen = look()
    for (let still = 0; still < 10; still += 1) {
      await new Promise((done) => requestAnimationFrame(done))
      const now = look()
      if (now !== seen) still = 0
      seen = now
    }
  })

const position = (frame: Frame) => frame.getByRole('log').evaluate((log) => log.scrollTop)

const gapBelow = (frame: Frame) =>
  frame.getByRole('log').evaluate((log) => log.scrollHeight - log.clientHeight - log.scrollTop)

/** Scrolls up by `px`, waits until nothing loads or moves, and answers by how many px the row in view moved meanwhile. */
const scrollUp = (frame: Frame, px: number): Promise<number> =>
  frame.getByRole('log').evaluate(async (log, by) => {
    const frames = async (count: number) => {
      for (let left = count; left > 0; left -= 1) await new Promise((done) => requestAnimationFrame(done))
    }
    log.scrollBy({ top: -by })
    // Two frames, in which rows that were never drawn are measured.
    await frames(2)
    const middle = log.getBoundingClientRect().top + log.clientHeight / 2
    const row = [...log.querySelectorAll('[data-key]')].find(
      (one) => one.getBoundingClientRect().bottom > middle,
    )
    const before = row?.getBoundingClientRect().top ?? 0
    do await frames(3)
    while (log.getAttribute('aria-busy') === 'true')
    await frames(3)
    const again = log.querySelector(`[data-key="${row?.getAttribute('data-key')}"]`)
    // A row that is not drawn any more is out of sight.
    const now = again?.getBoundingClientRect().top ?? Infinity
    return Math.abs(now - before)
  }, px)
