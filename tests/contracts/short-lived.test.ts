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

// The driver hands each statement on to the old generation (db/short-lived.ts), and the next collection of all comes sooner by it.
test.each(['rows', 'bodies'])('%s that nobody needs any more do not grow old', async (what) => {
  const script = fileURLToPath(new URL('../support/ask-again.ts', import.meta.url))
  // A process of its own, with a young generation so small that it is collected often.
  const args = ['--max-semi-space-size=4', script, what, database.appUrl]
  const { stdout } = await promisify(execFile)(process.execPath, args)
  const { share, scavenges } = JSON.parse(stdout) as { share: number; scavenges: number }
  expect(scavenges).toBeGreaterThan(5)
  expect(share).toBeLessThan(0.3)
})
