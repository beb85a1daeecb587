import { definePlacement } from './define.ts'
import { TAB_TITLES } from './titles.ts'

export const leadTab = definePlacement({
  code: 'CRM_LEAD_DETAIL_TAB',
  name: 'lead',
  page: 'lead-tab',
  titles: TAB_TITLES,
})
