import type { Frame } from 'playwright-core'
import { beforeAll, describe, expect, test, vi } from 'vitest'
import { api } from '../simulators/demo/open-page.ts'
import { USERS } from '../simulators/demo/seed-portal.ts'
import { bubble } from '../support/browser.ts'
import { findFlaws } from '../support/browser-looks.ts'
import { useShow, type Opened, type Viewer } from '../support/browser-show.ts'
import { customer, openTab, shown } from '../support/stage-app.ts'

const show = useShow()
const LAST = 'I will not send this twice.'
type Screen = { name: string; open(look: Pick<Viewer, 'width'>): Promise<Opened> }

const card = (name: string, contactId: string, ready: (frame: Frame) => Promise<void>): Screen => ({
  name,
  open: async (look) => {
    const opened = await show.openCard({ as: USERS.repA, ...look }, contactId)
    await ready(opened.frame)
    return opened
  },
})
const section = (name: string, text: string): Screen => ({
  name: `app page, ${name}`,
  open: async (look) => {
    const opened = await show.openApp({ as: USERS.admin, ...look })
    await opened.frame.getByRole('heading', { name: 'Get started' }).waitFor()
    if (name !== 'Get started') await choose(opened.frame, name)
    await opened.frame.getByText(text).first().waitFor()
    return opened
  },
})

const SCREENS: Screen[] = [
  card('thread', '1', (frame) => bubble(frame, LAST).getByText('Not sent').waitFor()),
  card('closed window', '2', (frame) => frame.getByText('The 24-hour window is closed').waitFor()),
  card('empty tab', '4', (frame) =>
    frame.getByRole('button', { name: 'Prepare the conversation' }).waitFor(),
  ),
  section('Get started', 'Everything is set up.'),
  section('Numbers', 'Showroom number'),
  section('Settings', 'New senders'),
  section('Diagnosis', 'Last delivery from WhatsApp'),
]

describe.each(SCREENS)('the screen “$name”', ({ name, open }) => {
  test.each([1000, 360] as const)(
    'fits %i px and gives axe nothing to find, light or dark',
    async (width) => {
      const { page, frame } = await open({ width })
      expect(await findFlaws(page, frame, `${name} ${width}`)).toEqual([])
    },
  )
})

beforeAll(async () => {
  const { stage } = show
  const now = Math.floor(Date.now() / 1000)
  const elena = customer(stage, 0)
  elena.write('Good morning! Is the kitchen on https://example.com/kitchens/oak?front=1 ready?', now - 90_000)
  elena.write('My number is +40 722 000 101.', now - 3_000)
  elena.show('image', now - 2_900, 'This is our wall.')
  elena.show('audio', now - 2_800)
  elena.write('Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft', now - 2_700)
  customer(stage, 1).write('Are you there?', now - 26 * 3_600)
  const tab = await openTab(stage, USERS.repA, '1')
  const { id } = await shown(
    tab,
    '1',
    'Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft',
  )
  const say = (text: string) =>
    api(tab, 'POST', `/api/conversations/${id}/messages`, { clientId: crypto.randomUUID(), text })
  await say(
    'Yes. We bring it on Friday at noon, and our fitter calls you an hour before he leaves the workshop.',
  )
  await vi.waitFor(() => expect(stage.graph.sends).toHaveLength(1), { timeout: 10_000 })
  stage.graph.control.failNext({ route: 'messages', as: { status: 400, code: 131048 } })
  await say(LAST)
  await shown(await openTab(stage, USERS.repA, '2'), '2', 'Are you there?')
})

/** On a narrow page the sections are in the menu. */
async function choose(frame: Frame, name: string): Promise<void> {
  const button = frame.getByRole('navigation').getByRole('button', { name })
  if (await button.isVisible()) return button.click()
  await frame.getByRole('button', { name: 'Menu' }).click()
  await frame.getByRole('menuitemcheckbox', { name }).click()
}
