import type { EntityType } from '../contract.ts'

/** Bitrix24's number for a type of CRM record (`entityTypeId` of crm.item.*). */
export const ENTITY_TYPE_ID = { lead: 1, deal: 2, contact: 3, company: 4 } as const satisfies Record<
  EntityType,
  number
>
