import { isUuid, type PortalId } from '#server/ids.ts'
import type { RawTx } from './client.ts'
import type { Db } from './pool.ts'
import { readTogether, transact, type Statement, type Tx } from './transaction.ts'

export type { Tx } from './transaction.ts'

/** Runs `work` in one transaction that sees the rows of this portal and no others. With `readPortal` the only door to a tenant table. */
export function withPortal<T>(db: Db, portalId: PortalId, work: (tx: Tx) => Promise<T>): Promise<T> {
  return db.lease((sql) => transact(sql, `begin; ${enter(portalId)}`, work))
}

/** The same door for statements that only read and do not wait for each other: they take one trip to the database. */
export function readPortal<T extends readonly Statement[]>(
  db: Db,
  portalId: PortalId,
  ask: (sql: RawTx) => readonly [...T],
): Promise<{ [K in keyof T]: Awaited<T[K]> }> {
  return db.lease((sql) => readTogether<T>(sql, `begin read only; ${enter(portalId)}`, ask))
}

/** Runs `work` in one transaction without a tenant: only the functions of the control schema and the queue are in reach. */
export function withControl<T>(db: Db, work: (tx: Tx) => Promise<T>): Promise<T> {
  return db.lease((sql) => transact(sql, 'begin', work))
}

// One message with BEGIN: a transaction without its portal cannot come about. As text, for a message of several statements takes no values.
function enter(portalId: PortalId): string {
  if (!isUuid(portalId)) throw new Error('this is not the id of a portal')
  return `set local app.portal_id = '${portalId}'`
}
