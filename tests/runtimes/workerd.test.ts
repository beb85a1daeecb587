import { createTestDatabase } from '#tests/support/database.ts'
import { TEST_ENV } from '#tests/support/test-config.ts'
import { smokeSuite } from './smoke-suite.ts'
import { startWorker } from './start-worker.ts'

smokeSuite('A Worker', async () => {
  const database = await createTestDatabase()
  const worker = await startWorker(TEST_ENV, database.appUrl)
  return {
    fetch: (path, init) => fetch(worker.origin + path, init),
    databaseUrl: database.appUrl,
    output: worker.output,
    close: async () => {
      await worker.stop()
      await database.drop()
    },
  }
})
