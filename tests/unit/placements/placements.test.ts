import { expect, test } from 'vitest'
import { events, placementByName, placementPath, placements } from '#placements/index.ts'
import { planExtensions, readFound } from '#server/portal/plan-extensions.ts'

const URL_NOW = 'https://app.example.org'
const all = {
  placements: placements.map((tab) => ({
    placement: tab.code,
    handler: `${URL_NOW}${placementPath(tab)}`,
  })),
  events: events.map((event) => ({ event, handler: `${URL_NOW}/bitrix/events` })),
}
const methodsOf = (plan: ReturnType<typeof planExtensions>) => Object.values(plan).map(({ method }) => method)

test('every kind of card has its tab', () => {
  expect(placements.map(({ code, page }) => [code, page])).toEqual([
    ['CRM_CONTACT_DETAIL_TAB', 'contact-tab'],
    ['CRM_LEAD_DETAIL_TAB', 'lead-tab'],
    ['CRM_DEAL_DETAIL_TAB', 'deal-tab'],
    ['CRM_COMPANY_DETAIL_TAB', 'company-tab'],
  ])
  expect(placementByName('deal')?.code).toBe('CRM_DEAL_DETAIL_TAB')
  expect(placementByName('constructor')).toBeUndefined()
})

test.each([
  ['{"ID":"123","URI":"/crm/contact/details/123/"}', { ok: true, entity: { type: 'contact', id: '123' } }],
  ['{"ID":123}', { ok: true, entity: { type: 'contact', id: '123' } }],
  ['{"ID":"0"}', { ok: false, reason: 'no_record' }],
  ['{"ID":"12; drop"}', { ok: false, reason: 'no_record' }],
  ['{"ID":["1"]}', { ok: false, reason: 'no_record' }],
  ['{}', { ok: false, reason: 'no_record' }],
  ['[]', { ok: false, reason: 'no_record' }],
  ['null', { ok: false, reason: 'no_options' }],
  ['5', { ok: false, reason: 'no_options' }],
  ['{"ID":', { ok: false, reason: 'no_options' }],
  ['', { ok: false, reason: 'no_options' }],
  [undefined, { ok: false, reason: 'no_options' }],
])('the options %s of a contact tab are read as %j', (options, expected) => {
  expect(placementByName('contact')?.parseContext(options)).toEqual(expected)
})

test('on a fresh portal everything is bound', () => {
  const plan = planExtensions({ placements: [], events: [] }, URL_NOW, { renew: false })
  expect(methodsOf(plan)).toEqual([
    ...placements.map(() => 'placement.bind'),
    ...events.map(() => 'event.bind'),
  ])
  expect(Object.values(plan)[0]?.params).toMatchObject({
    PLACEMENT: 'CRM_CONTACT_DETAIL_TAB',
    HANDLER: `${URL_NOW}/placements/contact`,
    LANG_ALL: { en: { TITLE: 'WhatsApp' }, ru: {}, ro: {} },
  })
})

test('where everything is in place nothing is sent', () => {
  expect(planExtensions(all, URL_NOW, { renew: false })).toEqual({})
})

test('stale handlers leave before new ones come', () => {
  const found = {
    placements: [...all.placements, { placement: 'CRM_QUOTE_DETAIL_TAB', handler: `${URL_NOW}/x` }],
    events: [
      ...all.events.slice(1),
      { event: 'ONAPPINSTALL', handler: 'https://old.example.org/bitrix/events' },
    ],
  }
  expect(methodsOf(planExtensions(found, URL_NOW, { renew: false }))).toEqual([
    'placement.unbind',
    'event.unbind',
    'event.bind',
  ])
})

test('a changed list binds every tab anew, so that new titles show', () => {
  const plan = methodsOf(planExtensions(all, URL_NOW, { renew: true }))
  expect(plan).toEqual([
    ...placements.map(() => 'placement.unbind'),
    ...placements.map(() => 'placement.bind'),
  ])
})

test('lists are read whatever else stands in them, and nothing else is a list', () => {
  const row = { placement: 'crm_deal_detail_tab', handler: 'h', options: [], title: 'x' }
  expect(readFound([row], [])).toEqual({
    placements: [{ placement: 'CRM_DEAL_DETAIL_TAB', handler: 'h' }],
    events: [],
  })
  expect(readFound(null, [])).toBeNull()
  expect(readFound([], [{ event: 'X' }])).toBeNull()
})
