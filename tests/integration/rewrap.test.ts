import { afterEach, beforeEach, expect, test } from 'vitest'
import postgres from 'postgres'
import { withControl, withPortal } from '#db/tenancy.ts'
import { createIntake } from '#server/adapters/node/intake.ts'
import { createNodeApp, surroundings } from '#server/adapters/node/serve.ts'
import { openToken } from '#server/channel/channel-token.ts'
import { checkKeys } from '#server/crypto/check-keys.ts'
import { createKeyring, type Keyring } from '#server/crypto/keyring.ts'
import { retireKeys } from '#server/crypto/retire-keys.ts'
import { rewrapPortals } from '#server/crypto/rewrap-portals.ts'
import { ingestWaiting } from '#server/delivery/ingest-waiting.ts'
import { numberMark } from '#server/delivery/tombstones.ts'
import { replayDeliveries } from '#server/delivery/replay-deliveries.ts'
import { reingestNumber } from '#server/delivery/reingest-number.ts'
import { resealDeliveries } from '#server/delivery/reseal-deliveries.ts'
import type { Deps } from '#server/deps.ts'
import type { ChannelId } from '#server/ids.ts'
import { accessToken } from '#server/portal/access-token.ts'
import { createWorld, CUSTOMER, NUMBER, TOKEN, type World } from '../support/conversation-world.ts'
import { deliveryBody, inboundText } from '../support/make.ts'

// The world's first key is the old one; a server that got a second key joins it on the same database.
let world: World
beforeEach(async () => {
  world = await createWorld()
})
afterEach(() => world.close())

const fresh = { id: 'next', key: crypto.getRandomValues(new Uint8Array(32)) }
const unknownNumber = '999540352242922'

const withKeys = (keyring: Keyring) => ({ ...world.deps, keyring })
const both = () => withKeys(createKeyring([fresh, ...world.deps.config.encryptionKeys]))
const onlyNew = () => withKeys(createKeyring([fresh]))
const rewrap = async (deps: Deps) => ({
  dataKeys: await rewrapPortals(deps),
  bodies: await resealDeliveries(deps),
  ...(await retireKeys(deps)),
})

/** A message, a kept payload, and a change in quarantine, all sealed with the old key. */
async function fill(): Promise<void> {
  await world.begin('Sealed with the first key')
  const from = '15550103333'
  await world.graph.post(
    deliveryBody([inboundText({ phoneNumberId: unknownNumber, from, text: 'For nobody' })]),
  )
  await world.drain()
}

const secretsOpen = async (deps: Deps) => {
  const channel = await withPortal(deps.db, world.portalId, async (tx) => {
    const [row] = await tx.sql<{ id: ChannelId; cell: Uint8Array }[]>`
      select id, access_token as cell from app.channel`
    return row && openToken(tx, deps.keyring, world.portalId, row.id, row.cell)
  })
  return { channel, portal: (await accessToken(deps, world.portalId, '1')).token.length > 0 }
}

const keyIdsOfBodies = async (): Promise<string[]> => {
  const sql = postgres(world.database.superUrl, { max: 1, onnotice: () => {} })
  const rows = await sql<{ body: Uint8Array }[]>`
    select body from control.delivery union all select body from control.quarantine`
  await sql.end()
  const ids = rows.map(({ body }) => Buffer.from(body.subarray(2, 2 + (body[1] ?? 0))).toString())
  return [...new Set(ids)].sort()
}

test('a second key opens what the first one sealed, and seals what is new', async () => {
  await fill()
  const deps = both()
  await checkKeys(deps.db, deps.keyring)
  expect(await secretsOpen(deps)).toEqual({ channel: TOKEN, portal: true })
  const session = await world.token('2')
  const app = createNodeApp(deps, { ...surroundings(), peer: () => '127.0.0.1' })
  const me = await app.request('/api/me', { headers: { authorization: `Bearer ${session}` } })
  expect(me.status).toBe(200)
  const [conversation] = await withPortal(
    deps.db,
    world.portalId,
    ({ sql }) => sql<{ id: string }[]>`select id from app.conversation`,
  )
  const clientId = crypto.randomUUID()
  const path = `/api/conversations/${conversation?.id}/messages`
  const body = JSON.stringify({ clientId, text: 'Said twice' })
  const headers = { authorization: `Bearer ${session}`, 'content-type': 'application/json' }
  expect((await world.request(path, { method: 'POST', headers, body })).status).toBe(202)
  expect((await app.request(path, { method: 'POST', headers, body })).status).toBe(200)
  expect(await keyIdsOfBodies()).toEqual(['test'])
  await world.graph.post(deliveryBody([inboundText({ phoneNumberId: NUMBER, from: CUSTOMER, text: 'Old' })]))
  const intake = createIntake({ db: deps.db, keyring: deps.keyring })
  await intake.append(new TextEncoder().encode('{}'))
  await intake.close()
  expect(await keyIdsOfBodies()).toEqual(['next', 'test'])
  while ((await ingestWaiting(deps)) > 0);
  expect(await deps.db.sql`select waiting from control.intake_state()`).toEqual([{ waiting: '0' }])
})

test('after rewrapping the old key can be dropped: secrets, deliveries and quarantine still open', async () => {
  await fill()
  const deps = both()
  await checkKeys(deps.db, deps.keyring)
  const first = await rewrap(deps)
  expect(first).toMatchObject({ retired: ['test'], kept: [] })
  expect(first.dataKeys).toBeGreaterThan(0)
  expect(first.bodies).toBeGreaterThan(1)
  expect(await keyIdsOfBodies()).toEqual(['next'])
  expect(await rewrap(deps)).toEqual({ dataKeys: 0, bodies: 0, retired: [], kept: [] })

  const later = onlyNew()
  await checkKeys(later.db, later.keyring)
  expect(await secretsOpen(later)).toEqual({ channel: TOKEN, portal: true })
  expect(await replayDeliveries(later, { since: new Date(0) })).toMatchObject({ deliveries: 2 })
  const quarantined = await later.db.sql<{ id: string; body: Uint8Array }[]>`
    select id, body from control.quarantined(${unknownNumber}, null, 10)`
  for (const { id, body } of quarantined) {
    const plain = await later.keyring.open('intake', ['control', 'quarantine', 'body', id], body)
    expect(new TextDecoder().decode(plain)).toContain('For nobody')
  }
  expect(quarantined).toHaveLength(1)
  expect(await reingestNumber(later, unknownNumber)).toBe(0)
})

test('the old key is refused to go before rewrapping, and afterwards only while a tombstone needs it', async () => {
  await fill()
  const later = onlyNew()
  await expect(checkKeys(later.db, later.keyring)).rejects.toThrow(
    'the key "test" is still in use and missing',
  )
  const { keyId, hash } = await world.deps.keyring.mac('tombstone', numberMark(NUMBER))
  await withControl(
    world.deps.db,
    ({ sql }) =>
      sql`select control.set_tombstones('number', ${keyId}, ${sql.array([hash] as never, 17)}::bytea[])`,
  )
  const deps = both()
  await checkKeys(deps.db, deps.keyring)
  expect(await rewrap(deps)).toMatchObject({ retired: [], kept: ['test'] })
  await expect(checkKeys(later.db, later.keyring)).rejects.toThrow(
    'the key "test" is still in use and missing',
  )
  await checkKeys(deps.db, deps.keyring)
})

test('another key under a known id is refused, whatever else is there', async () => {
  const other = createKeyring([{ id: 'test', key: crypto.getRandomValues(new Uint8Array(32)) }, fresh])
  await expect(checkKeys(world.deps.db, other)).rejects.toThrow('the key "test" is not the one that was used')
})

test('a session that was opened under the old key goes on while both are there', async () => {
  const token = await world.token('1')
  const deps = both()
  const app = createNodeApp(deps, { ...surroundings(), peer: () => '127.0.0.1' })
  const ask = (method: string, path: string) =>
    app.request(path, { method, headers: { authorization: `Bearer ${token}` } })
  expect((await ask('GET', '/api/channels')).status).toBe(200)
  const renewed = await ask('POST', '/api/session/renew')
  expect(renewed.status).toBe(200)
  const { token: next } = (await renewed.json()) as { token: string }
  const [head = ''] = next.split('.')
  expect(JSON.parse(Buffer.from(head, 'base64url').toString())).toMatchObject({ kid: 'next' })
})
