import { expect, test } from 'vitest'
import { betterStatus } from '#server/conversation/message-status.ts'

const ORDER = ['queued', 'sending', 'unconfirmed', 'sent', 'failed', 'delivered', 'read', 'played'] as const

test('of two statuses the better one stays, in either order', () => {
  for (const [low, worse] of ORDER.entries()) {
    for (const better of ORDER.slice(low)) {
      expect(betterStatus(worse, better)).toBe(better)
      expect(betterStatus(better, worse)).toBe(better)
    }
  }
})
