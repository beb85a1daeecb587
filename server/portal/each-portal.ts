import { withControl } from '#db/tenancy.ts'
import type { Deps } from '../deps.ts'
import { asId, type PortalId } from '../ids.ts'

const PAGE = 200

/** Every portal there is, in pages; for work that no request asks for. */
export async function* eachPortal(deps: Pick<Deps, 'db'>): AsyncGenerator<PortalId> {
  let after: string | null = null
  do {
    const ids: string[] = await readPage(deps, after)
    for (const id of ids) yield asId<PortalId>(id)
    after = ids.length < PAGE ? null : (ids.at(-1) ?? null)
  } while (after)
}

function readPage(deps: Pick<Deps, 'db'>, after: string | null): Promise<string[]> {
  return withControl(deps.db, async (tx) => {
    const rows = await tx.sql<{ id: string }[]>`select portals as id from control.portals(${after}, ${PAGE})`
    return rows.map((row) => row.id)
  })
}
