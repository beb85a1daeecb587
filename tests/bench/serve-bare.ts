// The floor of a thread: Hono, the same query under row-level security, and its rows as JSON. No session, no rights.
import { serve } from '@hono/node-server'
import { Hono } from 'hono'
import { connect } from '#db/client.ts'
import { messagePage } from '#server/conversation/message-page.ts'
import { asId, type ConversationId, type PortalId } from '#server/ids.ts'

const [url = ''] = process.argv.slice(2)
const { sql } = connect(url, { max: 20 })
const app = new Hono().get('/:portal/:conversation', async (c) => {
  const portalId = asId<PortalId>(c.req.param('portal'))
  const conversationId = asId<ConversationId>(c.req.param('conversation'))
  const page = { before: null, limit: 50 }
  const rows = await sql.begin((tx) => {
    const scoped = tx`select set_config('app.portal_id', ${portalId}, true)`
    return Promise.all([scoped, messagePage(tx, portalId, conversationId, page)])
  })
  return c.json(rows[1])
})
process.on('SIGTERM', () => process.exit(0))
serve({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' }, ({ port }) => console.error(`port=${port}`))
