import { withPortal } from '#db/tenancy.ts'
import type { ConversationId } from '#server/ids.ts'
import { addTenant, bind, createWorld, NUMBER, type World } from './conversation-world.ts'

export const SECRET_TEXT = 'Only for the first portal'
const OTHER_NUMBER = '206540352242922'
const OTHER_WABA = '202290129340398'
const OTHER_TOKEN = 'LEAK_PROBE_other_token'

type Tenant = Awaited<ReturnType<typeof addTenant>>

/** Two portals on one server, each with a number, a bound conversation and messages: `victim` is what the first one holds, `asker` the second. */
export async function createTwoPortals() {
  const world = await createWorld()
  const conversation = await world.begin(SECRET_TEXT)
  const { body: sent } = await world.send(conversation, `${SECRET_TEXT}, answered`)
  await world.drain()
  const shown = await world.conversation(conversation)
  const inbound = (await world.messages(conversation)).find(({ direction }) => direction === 'in')
  const page = `/api/conversations/${conversation}/messages?limit=1`
  const { body } = await world.call<{ nextCursor: string }>('2', 'GET', page)
  const { sessionId } = await world.session('2')
  const asker = await addTenant(world, { name: 'Otto', phones: ['+15550109999'] })
  // Both have a contact 1; what the second portal has on its own is no leak of the first.
  asker.simulated.changeRecord('contact', asker.contact.id, { name: 'Other', phones: ['+15550109999'] })
  // Records of the two portals have different numbers, so that none is taken for the other.
  for (let i = 0; i < 20; i++) asker.simulated.addContact({ name: 'Filler', phones: [] })
  const own = await fill(world, asker)
  // Nothing is still to be told to a portal when somebody begins to watch.
  await world.drain({ delayed: true })
  return {
    ...{ world, asker, own },
    victim: {
      conversation,
      cursor: body.nextCursor,
      ids: {
        ...{ conversation, message: sent.id, inbound: inbound?.id ?? '', channel: shown.channel.id },
        ...{ person: shown.person.id, portal: world.portalId, session: sessionId },
      },
    },
    /** A customer writes to the first portal, then another one to the second. */
    writeToBoth: async () => {
      world.customer.write({ to: NUMBER, text: SECRET_TEXT })
      await world.drain()
      world.graph.customer({ phone: '15550109999' }).write({ to: OTHER_NUMBER, text: 'Again' })
      await world.drain()
    },
  }
}

async function fill(world: World, asker: Tenant): Promise<ConversationId> {
  const { deps, graph } = world
  const number = {
    phoneNumberId: OTHER_NUMBER,
    displayPhoneNumber: '+1 555-078-3882',
    verifiedName: 'Other shop',
  }
  graph.addAccount({ wabaId: OTHER_WABA, token: OTHER_TOKEN, numbers: [number] })
  const input = { kind: 'cloud', wabaId: OTHER_WABA, phoneNumberId: OTHER_NUMBER, accessToken: OTHER_TOKEN }
  const connected = await world.request('/api/channels', {
    method: 'POST',
    headers: { authorization: `Bearer ${await asker.token('1')}`, 'content-type': 'application/json' },
    body: JSON.stringify(input),
  })
  if (connected.status !== 201) throw new Error(`connecting answered ${connected.status}`)
  graph.customer({ phone: '15550109999', name: 'Otto' }).write({ to: OTHER_NUMBER, text: 'For the second' })
  await world.drain()
  const [row] = await withPortal(
    deps.db,
    asker.portalId,
    ({ sql }) => sql<{ id: ConversationId }[]>`select id from app.conversation`,
  )
  if (!row) throw new Error('no conversation')
  await bind({ deps, portalId: asker.portalId }, row.id, 'contact', String(asker.contact.id))
  return row.id
}
