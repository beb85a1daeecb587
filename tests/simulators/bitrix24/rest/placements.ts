import type { PlacementBinding } from '../state.ts'
import { entityTypes } from '../state.ts'
import type { Call, MethodGroup } from './call.ts'
import { RestError } from './errors.ts'
import { checkHandlerUrl } from './handler-url.ts'
import { asMap } from './params.ts'

const cardSpots = [
  ...['DETAIL_TAB', 'DETAIL_ACTIVITY', 'DETAIL_TOOLBAR', 'LIST_MENU', 'LIST_TOOLBAR'],
  'ACTIVITY_TIMELINE_MENU',
]
const crmCodes = entityTypes.flatMap((type) => cardSpots.map((spot) => `CRM_${type.toUpperCase()}_${spot}`))
const freeCodes = ['LEFT_MENU', 'REST_APP_URI', 'PAGE_BACKGROUND_WORKER']
const singleCodes = ['REST_APP_URI', 'PAGE_BACKGROUND_WORKER']

/** Widget registrations. Most refusals come with HTTP 200, as documented. */
export const placementMethods: MethodGroup = {
  'placement.bind': { scope: 'placement', adminOnly: true, run: bind },
  'placement.unbind': { scope: 'placement', adminOnly: true, run: unbind },
  'placement.get': {
    scope: 'placement',
    adminOnly: true,
    run: ({ install }) =>
      install.placements.map((one) => ({
        ...one,
        options: Object.keys(one.options).length > 0 ? one.options : [],
        langAll: Object.keys(one.langAll).length > 0 ? one.langAll : [],
      })),
  },
  'placement.list': { scope: 'placement', run: ({ pair }) => codes(pair.scope) },
}

function codes(scopes: string[]): string[] {
  return [...(scopes.includes('crm') ? crmCodes : []), ...freeCodes]
}

function required(call: Call, name: string): string {
  const value = call.params.text(name)
  if (value !== '') return value
  throw new RestError(200, 'ERROR_ARGUMENT', `Argument '${name}' is null or empty`, { argument: name })
}

function bind(call: Call): boolean {
  const { sim, install, pair, params } = call
  const placement = required(call, 'PLACEMENT').toUpperCase()
  const handler = required(call, 'HANDLER')
  if (!codes(pair.scope).includes(placement)) {
    throw new RestError(200, 'ERROR_PLACEMENT_NOT_FOUND', 'Placement not found')
  }
  if (params.any('USER_ID') !== undefined && placement !== 'PAGE_BACKGROUND_WORKER') {
    throw new RestError(200, 'ERROR_PLACEMENT_USER_MODE', 'User mode is not available')
  }
  checkHandlerUrl(sim, handler, 200)
  const same = install.placements.filter((one) => one.placement === placement)
  if (singleCodes.includes(placement) && same.length > 0) {
    throw new RestError(200, 'ERROR_PLACEMENT_MAX_COUNT', 'Placement max count')
  }
  if (same.some((one) => one.handler === handler)) {
    throw new RestError(400, 'ERROR_CORE', 'Unable to set placement handler: Handler already binded')
  }
  install.placements.push(bindingOf(call, placement, handler))
  sim.touch()
  return true
}

function bindingOf({ params, app }: Call, placement: string, handler: string): PlacementBinding {
  const langAll = Object.entries(params.map('LANG_ALL')).map(
    ([lang, texts]): [string, Record<string, string>] => {
      const given = asMap(texts)
      const text = (key: string): string => (typeof given[key] === 'string' ? given[key] : '')
      return [
        lang,
        { TITLE: text('TITLE'), DESCRIPTION: text('DESCRIPTION'), GROUP_NAME: text('GROUP_NAME') },
      ]
    },
  )
  return {
    placement,
    userId: Number(params.any('USER_ID') ?? 0),
    handler,
    title: params.text('TITLE') || app.code,
    description: params.text('DESCRIPTION'),
    options: params.map('OPTIONS'),
    langAll: Object.fromEntries(langAll),
  }
}

function unbind(call: Call): { count: number } {
  const placement = required(call, 'PLACEMENT').toUpperCase()
  const handler = call.params.text('HANDLER')
  const stays = (one: PlacementBinding): boolean =>
    one.placement !== placement || (handler !== '' && one.handler !== handler)
  const before = call.install.placements.length
  call.install.placements = call.install.placements.filter(stays)
  call.sim.touch()
  // Found +1, deleted +1 for every row (docs: placement.unbind).
  return { count: 2 * (before - call.install.placements.length) }
}
