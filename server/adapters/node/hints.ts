import { setTimeout as sleep } from 'node:timers/promises'
import type { Pool } from '#db/pool.ts'
import { asId, newId, type ConversationId, type PortalId } from '../../ids.ts'
import type { Hints } from '../../ports/hints.ts'

const CHANNEL = 'wasync_hint'
// Of one notification, by PostgreSQL; a hint is 73 characters long.
const PAYLOAD_BYTES = 7000
const GATHER_MS = 50

type Listener = (conversationId: ConversationId) => void

/**
 * Hints heard at once in this process, and over NOTIFY by every other one. `close` sends what waits and stops listening.
 * Never inside a transaction of ours: PostgreSQL commits those that notify one after the other, whatever they wrote.
 */
export async function createHints(db: Pool): Promise<Hints & { close(): Promise<void> }> {
  const self = newId()
  const listeners = new Map<string, Set<Listener>>()
  const waiting = new Set<string>()
  let sending: Promise<void> | undefined

  function hear(hint: string): void {
    const [portalId = '', conversationId = ''] = hint.split(':')
    for (const listener of listeners.get(portalId) ?? []) listener(asId<ConversationId>(conversationId))
  }

  const listening = await db.listen(CHANNEL, (payload) => {
    const [from, ...hints] = payload.split(' ')
    if (from !== self) hints.forEach(hear)
  })

  // Other processes hear a moment later, and of many changes at once.
  async function send(): Promise<void> {
    while (waiting.size > 0) {
      await sleep(GATHER_MS)
      const payloads = packed(self, waiting)
      waiting.clear()
      // Lost without a database: whoever looks reads again within a minute.
      await db
        .lease(
          (sql) => sql`select pg_notify(${CHANNEL}, payload) from unnest(${payloads}::text[]) as payload`,
        )
        .catch(() => {})
    }
    sending = undefined
  }

  return {
    publish: (tx, portalId, conversationIds) => {
      const hints = [conversationIds].flat().map((id) => `${portalId}:${id}`)
      tx.afterCommit(() => {
        for (const hint of hints) {
          hear(hint)
          waiting.add(hint)
        }
        if (waiting.size > 0) sending ??= send()
      })
    },
    subscribe: (portalId: PortalId, listener) => {
      const ofPortal = listeners.get(portalId) ?? new Set()
      listeners.set(portalId, ofPortal.add(listener))
      return () => {
        ofPortal.delete(listener)
        if (ofPortal.size === 0) listeners.delete(portalId)
      }
    },
    close: async () => {
      await sending
      await listening.stop()
    },
  }
}

function packed(self: string, hints: ReadonlySet<string>): string[] {
  const payloads: string[] = []
  for (const hint of hints) {
    const last = payloads.at(-1)
    if (last !== undefined && last.length + hint.length < PAYLOAD_BYTES)
      payloads[payloads.length - 1] = `${last} ${hint}`
    else payloads.push(`${self} ${hint}`)
  }
  return payloads
}
