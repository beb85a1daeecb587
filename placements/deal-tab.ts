import { definePlacement } from './define.ts'
import { TAB_TITLES } from './titles.ts'

export const dealTab = definePlacement({
  code: 'CRM_DEAL_DETAIL_TAB',
  name: 'deal',
  page: 'deal-tab',
  titles: TAB_TITLES,
})
