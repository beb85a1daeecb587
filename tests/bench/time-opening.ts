import type { Browser } from 'playwright-core'
import { appFrame } from '../support/browser.ts'
import type { Stage } from '../support/stage.ts'

type Marks = { submittedAt?: number; paintedAt?: number }

/** Opens a card in a fresh browser context; ms from the portal's `form.submit()` to the frame after the first message was painted. */
export async function timeOpening(browser: Browser, { origins }: Stage, path: string): Promise<number> {
  const context = await browser.newContext({ viewport: { width: 1220, height: 900 } })
  await context.addInitScript(() => {
    const marks: Marks = globalThis as Marks
    const now = () => performance.timeOrigin + performance.now()
    const { submit } = HTMLFormElement.prototype
    HTMLFormElement.prototype.submit = function () {
      marks.submittedAt = now()
      submit.call(this)
    }
    const look = () => {
      const message = document.querySelector('[role=log] article')
      if (!message?.getBoundingClientRect().height) return requestAnimationFrame(look)
      // The task after the frame: by then the message is painted.
      const { port1, port2 } = new MessageChannel()
      port1.onmessage = () => (marks.paintedAt = now())
      return port2.postMessage(null)
    }
    if (top !== window) requestAnimationFrame(look)
  })
  try {
    const page = await context.newPage()
    await page.goto(origins.portal + path)
    const frame = await appFrame(page, origins.app)
    const painted = await frame.waitForFunction(() => (globalThis as Marks).paintedAt)
    const submittedAt = await page.evaluate(() => (globalThis as Marks).submittedAt)
    return Number(await painted.jsonValue()) - Number(submittedAt)
  } finally {
    await context.close()
  }
}
