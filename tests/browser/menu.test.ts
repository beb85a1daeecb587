import { expect, test } from 'vitest'
import { USERS } from '../simulators/demo/seed-portal.ts'
import { useShow } from '../support/browser-show.ts'

const show = useShow()

test('a menu opens at the click it was fetched for, also when it arrives while the button is pressed', async () => {
  const { page, frame } = await show.openApp({ as: USERS.admin })
  const held = Promise.withResolvers<void>()
  await page.route('**/assets/DropdownMenu-*.js', async (route) => {
    await held.promise
    await route.continue()
  })
  const asked = page.waitForRequest('**/assets/DropdownMenu-*.js')
  const button = frame.getByRole('button', { name: 'Menu' })
  await button.hover()
  await asked
  await page.mouse.down()
  const arrived = page.waitForResponse('**/assets/DropdownMenu-*.js')
  held.resolve()
  await (await arrived).finished()
  await frame.evaluate(() => new Promise((resolve) => setTimeout(resolve, 300)))
  await page.mouse.up()
  await frame.getByRole('menuitemcheckbox', { name: 'Diagnosis' }).click()
  await frame.getByText('Last delivery from WhatsApp').waitFor()
  expect(await frame.getByRole('menu').count()).toBe(0)
})

test('a menu opens by the keyboard, and gives the focus back when it is left', async () => {
  const { page, frame } = await show.openApp({ as: USERS.admin })
  await frame.getByRole('button', { name: 'Menu' }).focus()
  await page.keyboard.press('Enter')
  await frame.getByRole('menu').waitFor()
  await page.keyboard.press('Escape')
  await frame.getByRole('menu').waitFor({ state: 'detached' })
  const name = () => frame.evaluate(() => document.activeElement?.getAttribute('aria-label'))
  expect(await name()).toBe('Menu')
})
