import { definePlacement } from './define.ts'
import { TAB_TITLES } from './titles.ts'

export const contactTab = definePlacement({
  code: 'CRM_CONTACT_DETAIL_TAB',
  name: 'contact',
  page: 'contact-tab',
  titles: TAB_TITLES,
})
