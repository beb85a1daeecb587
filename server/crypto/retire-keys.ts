import { withControl } from '#db/tenancy.ts'
import type { Deps } from '../deps.ts'

/** Strikes every key but the first off the list of keys in use, unless a tombstone was made with it. Call after everything was wrapped again. */
export async function retireKeys(
  deps: Pick<Deps, 'db' | 'keyring'>,
): Promise<{ retired: string[]; kept: string[] }> {
  return withControl(deps.db, async (tx) => {
    const rows = await tx.sql<{ key_id: string }[]>`select key_id from control.keys_in_use()`
    const retired: string[] = []
    const kept: string[] = []
    for (const { key_id } of rows.filter((row) => row.key_id !== deps.keyring.ids[0])) {
      const [row] = await tx.sql<{ gone: boolean }[]>`select control.retire_key(${key_id}) as gone`
      ;(row?.gone ? retired : kept).push(key_id)
    }
    return { retired, kept }
  })
}
