import { companyTab } from './company-tab.ts'
import { contactTab } from './contact-tab.ts'
import { dealTab } from './deal-tab.ts'
import type { Placement } from './define.ts'
import { leadTab } from './lead-tab.ts'

/** Every tab we register on a portal. */
export const placements: readonly Placement[] = [contactTab, leadTab, dealTab, companyTab]

/** Every event we subscribe to on a portal. */
export const events = [
  'ONAPPINSTALL',
  'ONAPPUPDATE',
  'ONAPPUNINSTALL',
  'ONAPPTEST',
  'ONCRMCONTACTDELETE',
  'ONCRMLEADDELETE',
  'ONCRMDEALDELETE',
  'ONCRMCOMPANYDELETE',
] as const

export type PortalEvent = (typeof events)[number]

/** Where the portal posts events. */
export const EVENTS_PATH = '/bitrix/events'

/** Where the portal posts the page of a tab. */
export const placementPath = (placement: Placement): string => `/placements/${placement.name}`

/** The tab behind `/placements/:name`, or undefined for a name we do not have. */
export const placementByName = (name: string): Placement | undefined =>
  placements.find((placement) => placement.name === name)
