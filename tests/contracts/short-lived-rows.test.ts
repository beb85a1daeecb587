import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'

let database: TestDatabase
beforeAll(async () => {
  database = await createTestDatabase()
})
afterAll(() => database.drop())

// The driver hands each answer on to the old generation (see `takeOut`), and the next collection of all comes sooner by it.
test('rows that were read and dropped do not grow old', async () => {
  const script = fileURLToPath(new URL('../support/read-again.ts', import.meta.url))
  // A process of its own, with a young generation so small that it is collected often.
  const args = ['--max-semi-space-size=4', script, database.appUrl]
  const { stdout } = await promisify(execFile)(process.execPath, args)
  const { share, scavenges } = JSON.parse(stdout) as { share: number; scavenges: number }
  expect(scavenges).toBeGreaterThan(5)
  expect(share).toBeLessThan(0.3)
})
