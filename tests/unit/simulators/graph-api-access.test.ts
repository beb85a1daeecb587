import { afterEach, beforeEach, expect, test } from 'vitest'
import { SECRET, startGraph, type Started, TOKEN } from './graph-api-fixture.ts'

let graph: Started
beforeEach(() => {
  graph = startGraph()
})
afterEach(() => graph.api.close())

const debug = (token: string) => graph.call(`/v25.0/debug_token?input_token=${token}`, {}, `900|${SECRET}`)

test('without a token every node asks for one, a wrong one is 190', async () => {
  expect(await graph.call('/v25.0/111', {}, null)).toMatchObject({
    status: 401,
    body: { error: { code: 104 } },
  })
  expect(await graph.call('/v25.0/111', {}, 'nonsense')).toMatchObject({
    status: 401,
    body: { error: { code: 190, message: 'Invalid OAuth access token - Cannot parse access token' } },
  })
})

test('a foreign or unknown object is 100/33 in the words of Graph', async () => {
  graph.api.addAccount({
    wabaId: '600',
    token: 'other',
    numbers: [{ phoneNumberId: '666', displayPhoneNumber: '+1 555', verifiedName: 'Other' }],
  })
  for (const path of ['/v25.0/600', '/v25.0/666', '/v25.0/600/phone_numbers', '/v25.0/600/subscribed_apps']) {
    const answer = await graph.call(path)
    expect(answer).toMatchObject({
      status: 400,
      body: { error: { code: 100, error_subcode: 33, type: 'GraphMethodException' } },
    })
  }
  const foreign = await graph.send({ to: '37369123456' }, '666')
  expect(JSON.stringify(foreign.body)).toContain("Object with ID '666' does not exist")
})

test('a version that is gone is 2635', async () => {
  expect(await graph.call('/v2.0/111')).toMatchObject({ status: 400, body: { error: { code: 2635 } } })
})

test('debug_token tells app, scopes and exactly the granted accounts', async () => {
  expect((await debug(TOKEN)).body).toMatchObject({
    data: {
      app_id: '900',
      is_valid: true,
      granular_scopes: [
        { scope: 'whatsapp_business_management', target_ids: ['500'] },
        { scope: 'whatsapp_business_messaging', target_ids: ['500'] },
      ],
    },
  })
  expect((await debug('nonsense')).body).toMatchObject({ data: { is_valid: false, error: { code: 190 } } })
})

test('a revoked token is dead for every call', async () => {
  graph.api.revokeToken(TOKEN)
  expect((await debug(TOKEN)).body).toMatchObject({ data: { is_valid: false } })
  expect(await graph.send({ to: '37369123456' })).toMatchObject({
    status: 401,
    body: { error: { code: 190 } },
  })
  expect(graph.api.sends).toMatchObject([{ wamid: null, error: { code: 190 } }])
})

test('a token without the messaging permission may not send', async () => {
  graph.api.addAccount({
    wabaId: '500',
    token: 'reader',
    numbers: [],
    scopes: ['whatsapp_business_management'],
  })
  const body = { messaging_product: 'whatsapp', to: '37369123456', text: { body: 'x' } }
  expect(await graph.post('/v25.0/111/messages', body, 'reader')).toMatchObject({
    status: 403,
    body: { error: { code: 10 } },
  })
})

test('phone numbers are listed with the fields asked for, page by page', async () => {
  graph.api.addAccount({
    wabaId: '500',
    token: TOKEN,
    numbers: [{ phoneNumberId: '222', displayPhoneNumber: '+373 22 000 222', verifiedName: 'Two' }],
  })
  const first = await graph.call('/v25.0/500/phone_numbers?fields=verified_name&limit=1')
  expect(first.body).toMatchObject({
    data: [{ id: '111', verified_name: 'Shop' }],
    paging: { cursors: { after: '111' } },
  })
  const second = await graph.call('/v25.0/500/phone_numbers?fields=verified_name&limit=1&after=111')
  expect(second.body).toMatchObject({ data: [{ id: '222', verified_name: 'Two' }] })
  expect(JSON.stringify(second.body)).not.toContain('next')
  expect(await graph.call('/v25.0/111?fields=favourite')).toMatchObject({ body: { error: { code: 100 } } })
})

test('an account without subscription gets no webhook, and overriding comes after subscribing', async () => {
  await graph.call('/v25.0/500/subscribed_apps', { method: 'DELETE' })
  graph.ana.write({ to: '111', text: 'anybody there?' })
  await graph.api.settle()
  expect(graph.seen).toHaveLength(0)
  const override = { override_callback_uri: 'http://app.test/other', verify_token: 'x' }
  expect(await graph.post('/v25.0/500/subscribed_apps', override)).toMatchObject({
    body: { error: { code: 100 } },
  })
  expect((await graph.post('/v25.0/500/subscribed_apps')).body).toEqual({ success: true })
  expect((await graph.post('/v25.0/500/subscribed_apps', override)).body).toEqual({ success: true })
  expect((await graph.call('/v25.0/500/subscribed_apps')).body).toMatchObject({
    data: [{ whatsapp_business_api_data: { id: '900' }, override_callback_uri: 'http://app.test/other' }],
  })
  graph.ana.write({ to: '111', text: 'and now?' })
  await graph.api.settle()
  expect(graph.seen).toMatchObject([{ url: 'http://app.test/other' }])
})

test('the callback is verified by its challenge', async () => {
  expect(await graph.api.verifyWebhook()).toBe(true)
})
