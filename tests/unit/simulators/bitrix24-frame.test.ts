import { readFileSync } from 'node:fs'
import { createContext, runInContext } from 'node:vm'
import { expect, it } from 'vitest'
import { createWorld, type World } from './bitrix24-world.ts'

const script = readFileSync(
  new URL('../../simulators/bitrix24/card-page/frame-parent.js', import.meta.url),
  'utf8',
)
const app = 'https://app.example'

interface Element {
  [name: string]: unknown
  children: Element[]
}

function element(): Element {
  const self: Element = { children: [], style: {}, contentWindow: undefined }
  const add = (...children: Element[]): void => void self.children.push(...children)
  return Object.assign(self, {
    ...{ append: add, replaceChildren: add, submit: () => undefined, remove: () => undefined },
    setAttribute: (name: string, value: string) => void (self[name] = value),
    closest: () => null,
  })
}

/** The parent script in a page that has just enough of a document, with the portal behind its fetch. */
async function openFrame(world: World, placement: string, userId = world.admin) {
  const sent: string[] = []
  const created: Element[] = []
  const alerts: string[] = []
  let listen: (event: { data: unknown; origin: string }) => Promise<void> = async () => undefined
  const createElement = (): Element => {
    const made = element()
    made['contentWindow'] = { postMessage: (text: string) => void sent.push(text) }
    made['parentElement'] = { clientWidth: 900 }
    created.push(made)
    return made
  }
  const context = createContext({
    ...{ URL, Event, location: new URL(`${world.portal.origin}/crm/contact/details/1/`) },
    document: { createElement, body: element(), querySelector: () => null },
    alert: (text: string) => void alerts.push(text),
    addEventListener: (_: string, listener: typeof listen) => void (listen = listener),
    dispatchEvent: () => true,
    fetch: (path: string, init: RequestInit) => {
      const headers = { 'content-type': 'application/json', cookie: `portal_user=${userId}` }
      return world.b24.fetch(new Request(world.portal.origin + path, { ...init, headers }))
    },
    place: element(),
    request: { placement, options: { ID: '1' } },
  })
  runInContext(script, context)
  const sid = String(await runInContext('PortalFrames.mount(place, request)', context))
  const say = (data: unknown, origin = app) => listen({ data, origin })
  return { sid, sent, alerts, created, say, reply: () => sent.splice(0) }
}

async function openTab(userId?: number) {
  const world = createWorld()
  const tab = { PLACEMENT: 'CRM_CONTACT_DETAIL_TAB', HANDLER: `${app}/placements/contact` }
  await world.call('placement.bind', tab)
  return { world, ...(await openFrame(world, tab.PLACEMENT, userId)) }
}

it('names the frame host|1|SID and posts the hidden form into it', async () => {
  const { sid, created } = await openTab()
  expect(created[0]).toMatchObject({ id: `appframe_${sid}`, name: `acme.bitrix24.test|1|${sid}` })
  expect(created.find((one) => one['method'] === 'POST')).toMatchObject({
    target: `acme.bitrix24.test|1|${sid}`,
  })
})

it('answers commands as text to the callback, colons inside the JSON included', async () => {
  const { sid, say, reply } = await openTab()
  await say(`getInitData:cb1:${sid}`)
  expect(JSON.parse(reply()[0]?.slice('cb1:'.length) ?? '')).toMatchObject({
    PLACEMENT: 'CRM_CONTACT_DETAIL_TAB',
  })
  await say(`setUserOption:{"name":"a:b","value":"c:d"}:cb2:${sid}`)
  expect(reply()).toEqual(['cb2:{"name":"a:b","value":"c:d"}'])
  await say(`resizeWindow:{"width":"100%","height":840}:cb3:${sid}`)
  expect(reply()).toEqual(['cb3:{"width":"100%","height":840}'])
  await say(`getInterface:cb4:${sid}`)
  expect(reply()).toEqual(['cb4:{"command":["reloadData"],"event":[]}'])
  await say(`reloadData:cb5:${sid}`)
  expect(reply()).toEqual(['cb5:'])
  await say(`openPath:{"path":"/elsewhere/"}:cb6:${sid}`)
  expect(reply()).toEqual(['cb6:{"result":"error","errorCode":"PATH_NOT_AVAILABLE"}'])
})

it('is silent for a wrong origin, a wrong SID, unknown and denied commands, bad JSON and unknown events', async () => {
  const { sid, say, reply } = await openTab()
  await say(`getInitData:cb:${sid}`, 'https://evil.example')
  await say('getInitData:cb:0123456789abcdef')
  await say(`constructor:cb:${sid}`)
  await say(`setTitle:{"title":"x"}:cb:${sid}`)
  await say(`setScroll:{"scroll":1}:cb:${sid}`)
  await say(`resizeWindow:{"width":cb:${sid}`)
  await say(`placementBindEvent:{"event":"onX"}:cb:${sid}`)
  await say({ method: 'getInitData', appSid: sid })
  expect(reply()).toEqual([])
})

it('never answers setAppOption of a user who is no administrator', async () => {
  const { sid, say, reply } = await openTab(2)
  await say(`setAppOption:{"name":"a","value":"1"}:cb:${sid}`)
  expect(reply()).toEqual([])
})

it('gives a new pair to refreshAuth, and an alert without an answer when the user was dismissed', async () => {
  const { world, sid, say, reply, alerts } = await openTab(2)
  await say(`refreshAuth:cb:${sid}`)
  expect(reply()[0]).toMatch(/^cb:\{"AUTH_ID":"[0-9a-f]{70}"/)
  world.portal.dismissUser(2)
  await say(`refreshAuth:cb:${sid}`)
  expect([reply(), alerts.length]).toEqual([[], 1])
})
