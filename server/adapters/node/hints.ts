import type { Db } from '#db/client.ts'
import { asId, type ConversationId, type PortalId } from '../../ids.ts'
import type { Hints } from '../../ports/hints.ts'

const CHANNEL = 'wasync_hint'

type Listener = (conversationId: ConversationId) => void

/** Hints over NOTIFY: sent on commit, heard by every replica. `close` stops listening. */
export async function createHints(db: Db): Promise<Hints & { close(): Promise<void> }> {
  const listeners = new Map<string, Set<Listener>>()
  const listening = await db.sql.listen(CHANNEL, (payload) => {
    const [portalId = '', conversationId = ''] = payload.split(':')
    for (const listener of listeners.get(portalId) ?? []) listener(asId<ConversationId>(conversationId))
  })
  return {
    publish: async (tx, portalId, conversationIds) => {
      const payloads = [conversationIds].flat().map((id) => `${portalId}:${id}`)
      if (payloads.length === 0) return
      await tx.sql`select pg_notify(${CHANNEL}, payload) from unnest(${payloads}::text[]) as payload`
    },
    subscribe: (portalId: PortalId, listener) => {
      const ofPortal = listeners.get(portalId) ?? new Set()
      listeners.set(portalId, ofPortal.add(listener))
      return () => {
        ofPortal.delete(listener)
        if (ofPortal.size === 0) listeners.delete(portalId)
      }
    },
    close: () => listening.unlisten(),
  }
}
