import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { withControl } from '#db/tenancy.ts'
import { createInboundWorld, type InboundWorld } from '#tests/support/inbound-world.ts'
import { signBody } from '#tests/support/signed.ts'
import { valuesOf, type CorpusValue } from './values-of.ts'

// Bodies recorded elsewhere (WEBHOOK_CORPUS_DIR) are read beside our own, which cover every kind.
const FOLDERS = [
  fileURLToPath(new URL('./fixtures', import.meta.url)),
  ...(process.env.WEBHOOK_CORPUS_DIR ? [process.env.WEBHOOK_CORPUS_DIR] : []),
]

const listBodies = async (folder: string): Promise<{ name: string; path: string }[]> => {
  const names = await readdir(folder, { recursive: true })
  return names
    .filter((name) => name.endsWith('.json'))
    .sort()
    .map((name) => ({ name, path: join(folder, name) }))
}
const bodies = (await Promise.all(FOLDERS.map(listBodies))).flat()

let world: InboundWorld
beforeAll(async () => {
  world = await createInboundWorld()
})
afterAll(() => world.close())

const sorted = (ids: Iterable<string>) => [...new Set(ids)].sort()
const idsOf = (values: CorpusValue[]) => sorted(values.flatMap(({ messageIds }) => messageIds))

/** Connects every number of a body to a fresh portal, delivers it, and tells what became of it. */
const take = async (text: string, values: CorpusValue[]) => {
  const portalId = await world.addPortal()
  const numbers = sorted(values.flatMap(({ phoneNumberId }) => phoneNumberId ?? []))
  for (const number of numbers) await world.connect(portalId, number)
  const { status } = await world.postRaw(text, signBody(world.secret, text))
  await world.drain()
  const shown = await world.shown(portalId)
  const quarantined = await world.quarantine()
  await withControl(world.deps.db, async (tx) => {
    await tx.sql`select control.purge('infinity')`
    for (const number of numbers) await tx.sql`select control.release_number(${number}, ${portalId})`
  })
  return { status, shown, quarantined }
}

describe('every body of the corpus', () => {
  test('there are bodies', () => expect(bodies.length).toBeGreaterThan(30))

  test.each(bodies)('$name', async ({ path }) => {
    const text = await readFile(path, 'utf8')
    const values = valuesOf(JSON.parse(text))
    const { status, shown, quarantined } = await take(text, values)
    expect(status).toBe(200)
    const routable = values.filter(({ phoneNumberId }) => phoneNumberId !== undefined)
    expect(sorted(shown.map(({ wamid }) => wamid ?? ''))).toEqual(idsOf(routable))
    expect(shown.length).toBe(idsOf(routable).length)
    const kept = JSON.stringify(quarantined.map(({ content }) => content))
    const rest = values.filter(({ phoneNumberId, isContent }) => phoneNumberId === undefined || !isContent)
    for (const { json } of rest) expect(kept).toContain(json)
    if (values.length === 0) expect(quarantined).toHaveLength(1)
  })
})
