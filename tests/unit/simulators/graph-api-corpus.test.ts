import { readdirSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'

const folder = new URL('../../corpus/fixtures/', import.meta.url)
const index = readFileSync(new URL('INDEX.tsv', folder), 'utf8').trim().split('\n').slice(1)

test('the index names every fixture once, with its field and its number of messages', () => {
  const files = readdirSync(folder).filter((name) => name.endsWith('.json'))
  expect(index.map((line) => line.split('\t')[0]).sort()).toEqual(files.sort())
  for (const line of index) {
    const [file = '', field, messages] = line.split('\t')
    const { entry } = JSON.parse(readFileSync(new URL(file, folder), 'utf8'))
    const changes = entry.flatMap((one: { changes: unknown[] }) => one.changes)
    const ids = changes.flatMap((change: { value: { messages?: { id: string }[] } }) =>
      (change.value.messages ?? []).map((message) => message.id),
    )
    expect([file, changes[0].field, String(new Set(ids).size)]).toEqual([file, field, messages])
  }
})
