import { definePlacement } from './define.ts'
import { TAB_TITLES } from './titles.ts'

export const companyTab = definePlacement({
  code: 'CRM_COMPANY_DETAIL_TAB',
  name: 'company',
  page: 'company-tab',
  titles: TAB_TITLES,
})
