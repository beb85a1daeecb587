import { beforeAll, describe, expect, test } from 'vitest'
import { USERS } from '../simulators/demo/seed-portal.ts'
import { bubble } from '../support/browser.ts'
import { takePicture } from '../support/browser-looks.ts'
import { useShow } from '../support/browser-show.ts'
import { customer, openTab, shown } from '../support/stage-app.ts'

const show = useShow()
const WORDS = {
  ru: {
    log: 'Переписка: Elena Marinescu',
    message: 'Сообщение',
    send: 'Отправить',
    own: /^Вы, .*, Доставлено$/,
  },
  ro: {
    log: 'Conversație cu Elena Marinescu',
    message: 'Mesaj',
    send: 'Trimite',
    own: /^Dvs\., .*, Livrat$/,
  },
} as const

describe('the language', () => {
  beforeAll(async () => {
    customer(show.stage, 0).write('Hello')
    await shown(await openTab(show.stage, USERS.repA, '1'), '1', 'Hello')
  })

  test.each(['ru', 'ro'] as const)('of the portal, %s, is the language of the thread', async (lang) => {
    const words = WORDS[lang]
    const { frame, page } = await show.openCard({ as: USERS.repA, lang, width: 360 }, '1')
    await frame.getByRole('log', { name: words.log }).waitFor()
    await frame.getByRole('textbox', { name: words.message }).fill(`Salut ${lang}`)
    await frame.getByRole('button', { name: words.send, exact: true }).click()
    await frame
      .getByRole('article', { name: words.own })
      .filter({ hasText: `Salut ${lang}` })
      .waitFor()
    expect(await frame.evaluate(() => document.documentElement.lang)).toBe(lang)
    expect(await frame.locator('html').innerText()).not.toMatch(/\b(send|composer|list|window)\.[a-z]/)
    await takePicture(page, `thread ${lang}`)
  })

  test('and the theme are the person’s to choose, and are there again at the next opening', async () => {
    const { frame } = await show.openCard({ as: USERS.admin }, '1')
    await bubble(frame, 'Hello').waitFor()
    await frame.getByRole('button', { name: 'More actions' }).click()
    await frame.getByRole('menuitem', { name: 'Theme' }).hover()
    await frame.getByRole('menuitemcheckbox', { name: 'Dark' }).click()
    await frame.getByRole('button', { name: 'More actions' }).click()
    await frame.getByRole('menuitem', { name: 'Language' }).hover()
    await frame.getByRole('menuitemcheckbox', { name: 'Română' }).click()
    await frame.getByRole('textbox', { name: 'Mesaj' }).waitFor()
    const again = await show.openCard({ as: USERS.admin }, '1')
    await again.frame.getByRole('textbox', { name: 'Mesaj' }).waitFor()
    expect(await again.frame.evaluate(() => document.documentElement.className)).toContain('dark')
  })
})
