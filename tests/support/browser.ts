import {
  chromium,
  type Browser,
  type BrowserContext,
  type Frame,
  type Locator,
  type Page,
} from 'playwright-core'
import { findChromium } from './find-chromium.ts'

const FLAGS = [
  ...['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', '--disable-quic', '--disable-sync'],
  '--screen-info={1920x1080}',
  ...['--no-first-run', '--disable-component-update', '--disable-background-networking'],
]

export type Problems = {
  /** From now on this is expected; each with the reason in the test. */
  expect(says: RegExp): void
  /** What pages complained about and nobody expected; empties the list. */
  take(): string[]
}

/** Starts the installed Chromium. Throws when there is none. */
export function startChromium(): Promise<Browser> {
  const executablePath = findChromium()
  if (!executablePath) throw new Error('Chromium is missing: apt-get install -y chromium')
  return chromium.launch({ executablePath, args: FLAGS })
}

/** Listens to everything the pages of a context complain about: console, uncaught errors, violations of the policy. */
export async function watchProblems(context: BrowserContext, problems: string[]): Promise<void> {
  await context.addInitScript(() => {
    addEventListener('securitypolicyviolation', (event) =>
      // eslint-disable-next-line no-console -- runs in the page, whose console is listened to
      console.error(`policy violated: ${event.violatedDirective} by ${event.blockedURI || event.sample}`),
    )
  })
  context.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning')
      problems.push(`${message.text()} (${message.location().url})`)
  })
  context.on('weberror', (error) => {
    const thrown = error.error()
    problems.push(thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown))
  })
}

/** The list behind a test: what was said, less what is expected. */
export function collectProblems(): Problems & { said: string[] } {
  const said: string[] = []
  let expected: RegExp[] = []
  return {
    said,
    expect: (says) => void expected.push(says),
    take() {
      const open = said.filter((text) => !expected.some((one) => one.test(text)))
      said.length = 0
      expected = []
      return open
    },
  }
}

/** The app's frame inside a portal page, once it is there. */
export async function appFrame(page: Page, origin: string): Promise<Frame> {
  const find = () => page.frames().find((frame) => frame.url().startsWith(origin))
  for (;;) {
    const frame = find()
    if (frame) {
      await frame.waitForLoadState()
      return frame
    }
    await page.waitForEvent('framenavigated')
  }
}

/** The messages of the thread that contain a text. */
export const bubble = (frame: Frame, text: string): Locator =>
  frame.getByRole('article').filter({ hasText: text })

/** Writes into the composer and sends with Enter. */
export async function send(frame: Frame, text: string): Promise<void> {
  const message = frame.getByRole('textbox', { name: 'Message' })
  await message.fill(text)
  await message.press('Enter')
}
