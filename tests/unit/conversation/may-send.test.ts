import { expect, it } from 'vitest'
import { maySend } from '#server/conversation/may-send.ts'

const facts = { channel: 'connected', mayRead: true, windowOpen: true } as const

it('lets a message pass when the number is connected, the actor may read and the window is open', () => {
  expect(maySend(facts)).toEqual({ ok: true })
})

it('tells who may not read nothing but that there is nothing', () => {
  expect(maySend({ channel: 'disconnected', mayRead: false, windowOpen: false })).toEqual({
    ok: false,
    reason: 'not_found',
  })
})

it('names the disconnected number before the closed window', () => {
  expect(maySend({ ...facts, channel: 'disconnected', windowOpen: false })).toMatchObject({
    reason: 'channel_disconnected',
  })
})

it('refuses outside the window', () => {
  expect(maySend({ ...facts, windowOpen: false })).toEqual({ ok: false, reason: 'window_closed' })
})

it('takes messages in while the token of the number is refused: they wait', () => {
  expect(maySend({ ...facts, channel: 'token_refused' })).toEqual({ ok: true })
})
