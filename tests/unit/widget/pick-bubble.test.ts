import { expect, test } from 'vitest'
import { MessageKind } from '#server/contract.ts'
import { pickBubble } from '../../../widget/src/conversation/pick-bubble.ts'
import { makeMessage } from './make-message.ts'

test('every kind with and without words has a drawing', () => {
  const drawn = Object.fromEntries(
    MessageKind.options.map((kind) => [
      kind,
      [pickBubble(makeMessage({ kind, text: 'words' })), pickBubble(makeMessage({ kind, text: null }))],
    ]),
  )
  expect(drawn).toEqual({
    text: ['text', 'deleted'],
    image: ['caption', 'placeholder'],
    audio: ['caption', 'placeholder'],
    video: ['caption', 'placeholder'],
    document: ['caption', 'placeholder'],
    sticker: ['caption', 'placeholder'],
    location: ['caption', 'placeholder'],
    contacts: ['caption', 'placeholder'],
    interactive: ['text', 'placeholder'],
    button: ['text', 'placeholder'],
    reaction: ['line', 'line'],
    order: ['caption', 'placeholder'],
    template: ['text', 'placeholder'],
    system: ['line', 'line'],
    unsupported: ['caption', 'placeholder'],
  })
})
