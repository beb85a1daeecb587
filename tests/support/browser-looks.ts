import { mkdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Frame, Page } from 'playwright-core'
import { axeFindings } from './browser-axe.ts'

/** Where pictures of pages go, for looking at. */
const PICTURES = join(tmpdir(), 'wasync-pictures')

/** Keeps a picture of what the page shows. */
export async function takePicture(page: Page, name: string): Promise<void> {
  mkdirSync(PICTURES, { recursive: true })
  await page.screenshot({ path: join(PICTURES, `${name}.png`) })
}

/** What is wrong with how a frame looks, light and dark: findings of axe, and a width that does not fit. Keeps pictures. */
export async function findFlaws(page: Page, frame: Frame, name: string): Promise<string[]> {
  const flaws: string[] = []
  for (const theme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme: theme })
    await settled(frame, theme)
    await takePicture(page, `${name}-${theme}`)
    flaws.push(...(await axeFindings(frame)).map((finding) => `${theme}: ${finding}`))
  }
  const sideways = await frame.evaluate(() => {
    const { scrollWidth, clientWidth } = document.documentElement
    return scrollWidth - clientWidth
  })
  return sideways > 0 ? [...flaws, `${sideways} px too wide`] : flaws
}

/** Waits until the theme is there and nothing fades any more; a colour that is inherited begins to fade a frame later. */
const settled = (frame: Frame, theme: 'light' | 'dark'): Promise<void> =>
  frame.evaluate(async (wanted) => {
    const isThere = () =>
      !document.getElementById('boot') || document.documentElement.classList.contains(wanted)
    for (let calm = 0; calm < 10; calm += 1) {
      await new Promise((done) => requestAnimationFrame(done))
      if (!isThere() || document.getAnimations().some(({ playState }) => playState === 'running')) calm = 0
    }
  }, theme)
