import type { Browser, BrowserContext, Frame, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, expect } from 'vitest'
import { appFrame, collectProblems, startChromium, watchProblems } from './browser.ts'
import { takePicture } from './browser-looks.ts'
import { createTestDatabase } from './database.ts'
import { installApp } from './stage-app.ts'
import { createStage, type Stage, type StageOptions } from './stage.ts'

export type Viewer = {
  as: number
  lang?: 'en' | 'ru' | 'ro'
  theme?: 'light' | 'dark'
  /** Of the app's frame, px. */
  width?: 1000 | 360
}
export type Opened = { context: BrowserContext; page: Page; frame: Frame }

// What the portal's menu and margins take beside the frame; on a phone they stand above it.
const BESIDE = 220
const TAB = '?active_tab=0'

/** A stage and a browser for the tests of one file; a page that complains fails its test. */
export function useShow(options: StageOptions & { installed?: boolean } = {}) {
  const problems = collectProblems()
  const contexts: BrowserContext[] = []
  const known = new Map<string, BrowserContext>()
  let now: { stage: Stage; browser: Browser } | undefined
  const running = () => {
    if (!now) throw new Error('the show has not begun')
    return now
  }

  beforeAll(async () => {
    const [stage, browser] = await Promise.all([
      createTestDatabase().then((database) => createStage(database, options)),
      startChromium(),
    ])
    now = { stage, browser }
    if (options.installed !== false) await installApp(stage)
  })
  afterEach(async ({ task }) => {
    const pages = contexts.flatMap((context) => context.pages())
    if (task.result?.state === 'fail') {
      for (const [index, page] of pages.entries()) {
        const name = `failed ${task.name.slice(0, 80)} ${index}`.replace(/[^\w .-]/g, '')
        await takePicture(page, name).catch(() => undefined)
      }
    }
    await Promise.all(pages.map((page) => page.close()))
    expect(problems.take()).toEqual([])
  })
  afterAll(async () => {
    await now?.browser.close()
    await now?.stage.close()
  })

  const enter = async ({
    as,
    lang = 'en',
    theme = 'light',
    width = 1000,
  }: Viewer): Promise<BrowserContext> => {
    const { browser, stage } = running()
    const viewport = { width: width === 360 ? 360 : width + BESIDE, height: 1000 }
    const context = await browser.newContext({
      viewport,
      colorScheme: theme,
      reducedMotion: 'reduce',
    })
    contexts.push(context)
    const cookie = { url: stage.origins.portal, sameSite: 'Lax' } as const
    await context.addCookies([
      { ...cookie, name: 'portal_user', value: String(as) },
      { ...cookie, name: 'portal_lang', value: lang },
    ])
    await watchProblems(context, problems.said)
    return context
  }
  /** The browser of a viewer stays open between tests, as a person's does. */
  const enterAgain = async (viewer: Viewer): Promise<BrowserContext> => {
    const key = JSON.stringify(viewer)
    const context = known.get(key) ?? (await enter(viewer))
    known.set(key, context)
    return context
  }
  const visit = async (context: BrowserContext, path: string): Promise<Opened> => {
    const { origins } = running().stage
    const page = await context.newPage()
    await page.goto(origins.portal + path)
    return { context, page, frame: await appFrame(page, origins.app) }
  }
  return {
    get stage() {
      return running().stage
    },
    expectProblem: problems.expect,
    /** A browser of its own, for what changes the browser. */
    enter,
    visit,
    /** Opens a contact's card with the WhatsApp tab in front. */
    openCard: async (viewer: Viewer, contactId: string): Promise<Opened> =>
      visit(await enterAgain(viewer), `/crm/contact/details/${contactId}/${TAB}`),
    /** Opens the app's own page. */
    openApp: async (viewer: Viewer): Promise<Opened> => visit(await enterAgain(viewer), '/devops/app/'),
  }
}
