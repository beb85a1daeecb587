import { once } from 'node:events'
import { serve } from '@hono/node-server'
import { createHarness } from '#tests/support/harness.ts'
import { smokeSuite } from './smoke-suite.ts'

smokeSuite('Node', async () => {
  const harness = await createHarness()
  const server = serve({ fetch: harness.app.fetch, hostname: '127.0.0.1', port: 0 })
  await once(server, 'listening')
  const address = server.address()
  const port = typeof address === 'object' ? address?.port : undefined
  return {
    fetch: (path, init) => fetch(`http://127.0.0.1:${port}${path}`, init),
    databaseUrl: harness.database.appUrl,
    output: () => harness.lines.join('\n'),
    close: async () => {
      await new Promise((closed) => server.close(closed))
      await harness.close()
    },
  }
})
