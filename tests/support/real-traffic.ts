import { setTimeout as sleep } from 'node:timers/promises'
import { deliveryBody, inboundText } from './make.ts'
import { REAL_NUMBER, REAL_SECRET, type RealWorld } from './real-world.ts'
import { signBody } from './signed.ts'

/** What the server said yes to: ids of inbound messages, and texts of intents. */
export type Acked = { posts: string[]; intents: string[] }
// So many in a row to one person, the later ones behind the first.
const BURST = 3

type Options = { clients: number; sendEveryMs: number }

/** Posts as Meta and sends as a widget, both repeating what was not answered with yes, until stopped. */
export function startTraffic(world: RealWorld, conversations: readonly string[], options: Options) {
  const acked: Acked = { posts: [], intents: [] }
  let stopped = false
  // As long as it takes; another try never makes another message.
  const untilYes = async (ask: () => Promise<number>, yes: readonly number[]): Promise<boolean> => {
    while (!yes.includes(await ask().catch(() => 0))) {
      if (stopped) return false
      await sleep(50)
    }
    return true
  }
  const post = async (client: number) => {
    for (let n = 0; !stopped; n++) {
      const id = `wamid.KILL${client}x${n}`
      const change = inboundText({
        phoneNumberId: REAL_NUMBER,
        from: String(16_701_000_000 + client),
        wamid: id,
        text: id,
      })
      const body = JSON.stringify(deliveryBody([change]))
      const headers = { 'x-hub-signature-256': signBody(REAL_SECRET, body) }
      const ask = async () => {
        const answer = await fetch(`${world.origin}/webhooks/meta`, { method: 'POST', body, headers })
        await answer.arrayBuffer()
        return answer.status
      }
      if (await untilYes(ask, [200])) acked.posts.push(id)
    }
  }
  const send = async () => {
    for (let n = 0; !stopped; n++) {
      const intent = { clientId: crypto.randomUUID(), text: `Intent ${n}` }
      const path = `/api/conversations/${conversations[Math.floor(n / BURST) % conversations.length]}/messages`
      const ask = async () => (await world.call('POST', path, intent)).status
      if (await untilYes(ask, [200, 202])) acked.intents.push(intent.text)
      if (n % BURST === BURST - 1) await sleep(options.sendEveryMs * BURST)
    }
  }
  const running = Promise.all([...Array.from({ length: options.clients }, (_, n) => post(n)), send()])
  return {
    acked,
    stop: async () => {
      stopped = true
      await running
    },
  }
}
