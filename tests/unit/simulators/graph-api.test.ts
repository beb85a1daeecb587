import { afterEach, expect, test } from 'vitest'
import { startGraph, type Started } from './graph-api-fixture.ts'

let graph: Started
afterEach(() => graph.api.close())

test('a customer writes, the webhook is signed over the exact escaped bytes, and the answer is delivered', async () => {
  graph = startGraph()
  const { api, ana, seen } = graph
  const { wamid } = ana.write({ to: '111', text: 'Привет https://x.md/é' })
  await api.settle()
  expect(seen).toHaveLength(1)
  expect(seen[0]?.bytes).toContain('https:\\/\\/x.md\\/\\u00e9')
  expect(seen[0]?.bytes).toContain('\\u041f\\u0440')
  expect(seen[0]?.signed).toBe(true)
  expect(wamid).toMatch(/^wamid\.HBgL/)
  const answer = await graph.send({
    to: '+373 69 123-456',
    text: { body: 'hi' },
    biz_opaque_callback_data: 'a1',
  })
  expect(answer.status).toBe(200)
  expect(answer.body).toMatchObject({ contacts: [{ input: '+373 69 123-456', wa_id: '37369123456' }] })
  await api.settle()
  expect(graph.statuses()).toEqual(['sent', 'delivered'])
  ana.readAll('111')
  await api.settle()
  expect(graph.statuses()).toEqual(['sent', 'delivered', 'read'])
  expect(api.acceptedBy('a1')).toBe(1)
})
