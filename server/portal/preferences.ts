import { and, eq } from 'drizzle-orm'
import { portalUser } from '#db/schema/index.ts'
import { withPortal } from '#db/tenancy.ts'
import type { Me, Preferences } from '../contract.ts'
import type { Deps } from '../deps.ts'
import type { SessionContext } from './session-context.ts'

/** Who the user is and what they chose for themselves. */
export async function readMe(deps: Deps, session: SessionContext): Promise<Me> {
  const { portalId, userId, userName, isAdmin, portalLanguage } = session
  const [row] = await withPortal(deps.db, portalId, (tx) =>
    tx.orm
      .select({ language: portalUser.language, theme: portalUser.theme })
      .from(portalUser)
      .where(and(eq(portalUser.portalId, portalId), eq(portalUser.userId, userId))),
  )
  return {
    user: { id: userId, name: userName, isAdmin },
    portalLanguage,
    language: row?.language ?? null,
    theme: row?.theme ?? 'auto',
  }
}

/** Keeps the language and theme of a user; a null language follows the portal. */
export async function changePreferences(
  deps: Deps,
  { portalId, userId }: Pick<SessionContext, 'portalId' | 'userId'>,
  { language, theme }: Preferences,
): Promise<void> {
  await withPortal(deps.db, portalId, (tx) =>
    tx.orm
      .update(portalUser)
      .set({ language, theme })
      .where(and(eq(portalUser.portalId, portalId), eq(portalUser.userId, userId))),
  )
}
