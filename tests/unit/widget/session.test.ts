import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import type { Call } from '../../../widget/src/http.ts'
import { RequestError } from '../../../widget/src/request-error.ts'
import { openSession } from '../../../widget/src/session.ts'

const unauthorized = () => Promise.reject(new RequestError('unauthorized', { status: 401 }))

async function open(renewed: 'works' | 'refused') {
  const calls: string[] = []
  let token = 0
  const session = openSession('code', (call: Call) => {
    calls.push(call.path)
    if (call.path.endsWith('/renew') && renewed === 'refused') return unauthorized()
    return Promise.resolve({
      token: `t${++token}`,
      expiresAt: new Date(Date.now() + 600_000).toISOString(),
      user: { id: '7', name: 'D', isAdmin: false },
      entity: null,
    })
  })
  await session.start()
  return { session, calls }
}

// The renewal before expiry is a timer: it must not outlive a test.
beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

describe('a session', () => {
  test('is renewed once when the server no longer knows the token, and the call is made again', async () => {
    const { session, calls } = await open('works')
    const tokens: string[] = []
    const answer = await session.withToken((token) => {
      tokens.push(token)
      return tokens.length === 1 ? unauthorized() : Promise.resolve('fine')
    })
    expect([answer, tokens, calls]).toEqual(['fine', ['t1', 't2'], ['/api/session', '/api/session/renew']])
    expect(session.ended.value).toBe(false)
  })

  test('is renewed once for calls that fail together', async () => {
    const { session, calls } = await open('works')
    const once = () => {
      let first = true
      return session.withToken(() => {
        const fails = first
        first = false
        return fails ? unauthorized() : Promise.resolve('fine')
      })
    }
    await Promise.all([once(), once(), once()])
    expect(calls.filter((path) => path.endsWith('/renew'))).toHaveLength(1)
  })

  test('is over when the renewal is refused, and asks nobody afterwards', async () => {
    const { session, calls } = await open('refused')
    await expect(session.withToken(unauthorized)).rejects.toMatchObject({ code: 'ended' })
    await expect(session.withToken(unauthorized)).rejects.toMatchObject({ code: 'ended' })
    expect([session.ended.value, calls.length]).toEqual([true, 2])
  })

  test('is over when the fresh token is refused as well', async () => {
    const { session } = await open('works')
    await expect(session.withToken(unauthorized)).rejects.toMatchObject({ code: 'ended' })
    expect(session.ended.value).toBe(true)
  })
})
