import { describe, expect, test } from 'vitest'
import { createKeyring } from '#server/crypto/keyring.ts'
import { keyIdOf } from '#server/crypto/seal.ts'

const key = (id: string, byte: number) => ({ id, key: new Uint8Array(32).fill(byte) })
const place = ['portal', 'table', 'column', 'row']
const plain = new TextEncoder().encode('LEAK_PROBE_secret')
const broken = { code: 'seal_broken' }

describe('a sealed cell', () => {
  test('opens at its place and holds no trace of what it seals', async () => {
    const keyring = createKeyring([key('a', 1)])
    const cell = await keyring.seal('wrap', place, plain)
    expect(await keyring.open('wrap', place, cell)).toEqual(plain)
    expect(Buffer.from(cell).includes('LEAK_PROBE')).toBe(false)
    expect(await keyring.seal('wrap', place, plain)).not.toEqual(cell)
  })

  test.each([0, 1, 2, 3])('does not open when part %i of its place differs', async (part) => {
    const keyring = createKeyring([key('a', 1)])
    const cell = await keyring.seal('wrap', place, plain)
    const elsewhere = place.map((name, index) => (index === part ? `${name}x` : name))
    await expect(keyring.open('wrap', elsewhere, cell)).rejects.toMatchObject(broken)
  })

  test('does not open when parts of the place are cut elsewhere', async () => {
    const keyring = createKeyring([key('a', 1)])
    const cell = await keyring.seal('wrap', ['ab', 'c'], plain)
    await expect(keyring.open('wrap', ['a', 'bc'], cell)).rejects.toMatchObject(broken)
  })

  test('does not open after any bit was flipped or the tag was cut', async () => {
    const keyring = createKeyring([key('a', 1)])
    const cell = await keyring.seal('wrap', place, plain)
    for (let index = 0; index < cell.length; index++) {
      const flipped = cell.slice()
      flipped[index] = (flipped[index] ?? 0) ^ 1
      await expect(keyring.open('wrap', place, flipped)).rejects.toMatchObject(broken)
    }
    await expect(keyring.open('wrap', place, cell.slice(0, -4))).rejects.toMatchObject(broken)
  })

  test('made for one use does not open for another', async () => {
    const keyring = createKeyring([key('a', 1)])
    await expect(
      keyring.open('intake', place, await keyring.seal('wrap', place, plain)),
    ).rejects.toMatchObject(broken)
  })
})

describe('key rotation', () => {
  test('a new first key seals, the old one still opens', async () => {
    const cell = await createKeyring([key('old', 1)]).seal('wrap', place, plain)
    const both = createKeyring([key('new', 2), key('old', 1)])
    expect(await both.open('wrap', place, cell)).toEqual(plain)
    expect(keyIdOf(await both.seal('wrap', place, plain))).toBe('new')
  })

  test('without the old key its cells are refused by name', async () => {
    const cell = await createKeyring([key('old', 1)]).seal('wrap', place, plain)
    await expect(createKeyring([key('new', 2)]).open('wrap', place, cell)).rejects.toMatchObject(broken)
  })

  test('a hash by any key of the ring is found again', async () => {
    const made = await createKeyring([key('old', 1)]).mac('tombstone', 'number:1')
    const found = await createKeyring([key('new', 2), key('old', 1)]).macs('tombstone', 'number:1')
    expect(found).toContainEqual(made)
    expect(found[0]?.keyId).toBe('new')
  })
})
