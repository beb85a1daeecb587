import { describe, expect, test } from 'vitest'
import type { Frame } from 'playwright-core'
import { NUMBER } from '../simulators/demo/seed-conversations.ts'
import { USERS } from '../simulators/demo/seed-portal.ts'
import { appFrame, bubble, send } from '../support/browser.ts'
import { findFlaws } from '../support/browser-looks.ts'
import { useShow, type Opened } from '../support/browser-show.ts'
import { addAccount, customer } from '../support/stage-app.ts'

const show = useShow({ installed: false })

describe('an administrator', () => {
  test('sees what the installation is doing while the portal takes its time', async () => {
    const release = show.stage.bitrix.control.hold({ method: 'event.bind' })
    const { frame, page } = await startInstall()
    await frame.getByRole('heading', { name: 'Installing WhatsApp' }).waitFor()
    await frame
      .getByRole('listitem')
      .filter({ hasText: 'Bitrix24 confirmed this portal' })
      .getByText('Done')
      .waitFor()
    expect(await findFlaws(page, frame, 'install 1000')).toEqual([])
    release()
    await page.waitForURL(/install_finished=Y/)
    // What the portal opens next is open before the app is taken away again.
    await page.frameLocator('iframe').getByRole('heading', { name: 'Get started' }).waitFor()
    show.stage.portal.uninstall({ clean: true })
  })

  test('installs with one click, accepts the terms, connects a number and answers the first customer', async () => {
    addAccount(show.stage)
    const { context, page } = await startInstall()
    // The installer needs no click of its own: it finishes, and the portal shows the app.
    await page.waitForURL(/install_finished=Y/)
    const frame = page.frameLocator('iframe')
    await frame.getByRole('heading', { name: 'Get started' }).waitFor()
    expect(show.stage.portal.install.installed).toBe(true)

    await frame.getByRole('checkbox', { name: /I accept the terms/ }).check()
    await frame.getByRole('button', { name: 'Accept' }).click()
    await frame.getByRole('button', { name: 'Connect a number' }).click()
    await frame.getByLabel('WhatsApp account id').fill(NUMBER.wabaId)
    await frame.getByLabel('Phone number id').fill(NUMBER.phoneNumberId)
    await frame.getByLabel('Access token').fill(NUMBER.token)
    await frame.getByRole('button', { name: 'Connect', exact: true }).click()
    await frame.getByText('Connected. Waits for the first message.').waitFor()
    expect(await frame.locator('html').innerHTML()).not.toContain(NUMBER.token)

    customer(show.stage, 0).write('Are you open today?')
    const card = await show.visit(context, '/crm/contact/details/1/?active_tab=0')
    await answer(card.frame)
  })

  test('shows the other people who open the app page whom to ask', async () => {
    const { frame } = await show.openApp({ as: USERS.repA })
    await frame.getByRole('heading', { name: 'Administrators set this up' }).waitFor()
  })
})

async function startInstall(): Promise<Opened> {
  const context = await show.enter({ as: USERS.admin })
  const page = await context.newPage()
  await page.goto(`${show.stage.origins.portal}/devops/app/`)
  await page.getByRole('button', { name: 'Install' }).click()
  return { context, page, frame: await appFrame(page, show.stage.origins.app) }
}

async function answer(frame: Frame): Promise<void> {
  await bubble(frame, 'Are you open today?').waitFor()
  await send(frame, 'Until six.')
  await bubble(frame, 'Until six.').getByText('Delivered').waitFor()
}
