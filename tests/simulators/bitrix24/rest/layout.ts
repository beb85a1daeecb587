import type { Layout } from '../state.ts'
import { RestError } from './errors.ts'
import {
  action,
  boolean,
  enumeration,
  keyed,
  object,
  oneOfKeys,
  scalarText,
  translated,
  type Check,
  type Place,
} from './layout-checks.ts'

const scope = enumeration(['web', 'mobile'])
const text = {
  value: translated,
  multiline: boolean,
  title: translated,
  bold: boolean,
  size: enumeration(['xs', 'sm', 'md']),
  color: enumeration(['base_50', 'base_60', 'base_70', 'base_90']),
  scope,
}

const blockTypes: Record<string, Check> = {
  text: object(text, ['value']),
  largeText: object({ value: translated, scope }, ['value']),
  link: object({ text: translated, action, bold: boolean, scope }, ['text', 'action']),
  deadline: object({ readonly: boolean, scope }, []),
  withTitle: (value, place) =>
    object({ title: translated, block: blockOf(inTitle), inline: boolean, scope }, ['title', 'block'])(
      value,
      place,
    ),
  lineOfBlocks: (value, place) =>
    object({ blocks: keyed(blockOf(inLine), { max: 50 }), scope }, ['blocks'])(value, place),
}
const inLine = ['text', 'link', 'deadline']
const inTitle = ['text', 'link', 'deadline']
const anywhere = Object.keys(blockTypes)

function blockOf(types: string[]): Check {
  return (value, place) => {
    const type = oneOfKeys(value, 'type', types, place)
    const check = blockTypes[type]
    object({ type: scalarText, properties: check ?? scalarText }, ['type', 'properties'])(value, place)
  }
}

const tag = object(
  {
    title: translated,
    type: enumeration(['warning', 'success', 'failure', 'primary', 'secondary']),
    action,
    scope,
    hideIfReadonly: boolean,
  },
  ['title', 'type'],
)
const button = object(
  { title: translated, type: enumeration(['primary', 'secondary']), action, scope, hideIfReadonly: boolean },
  ['title', 'type', 'action'],
)
const menuItem = object({ title: translated, action, scope, hideIfReadonly: boolean }, ['title', 'action'])
const menu = object(
  {
    ...{ showPinItem: boolean, showPostponeItem: boolean, showDeleteItem: boolean },
    items: keyed(menuItem, { max: 50 }),
  },
  [],
)

const layoutCheck = object(
  {
    icon: object({ code: scalarText }, ['code']),
    header: object({ title: translated, titleAction: action, tags: keyed(tag, { max: 2 }) }, ['title']),
    body: object(
      {
        logo: object({ code: scalarText, action }, ['code']),
        blocks: keyed(blockOf(anywhere), { min: 1, max: 20 }),
      },
      ['logo', 'blocks'],
    ),
    footer: object({ buttons: keyed(button, { max: 2 }), menu }, []),
  },
  ['icon', 'header', 'body'],
)

/** Checks a LayoutDto of a configurable activity field by field (docs: configurable activity structure). */
export function checkLayout(value: unknown, languages: string[]): Layout {
  if (typeof value !== 'object' || value === null || Object.keys(value).length === 0) {
    throw new RestError(400, 'ERROR_EMPTY_LAYOUT', 'Layout field must be filled')
  }
  const place: Place = { path: 'layout', languages }
  layoutCheck(value, place)
  return { ...value }
}
