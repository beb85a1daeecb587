import { setTimeout as sleep } from 'node:timers/promises'
import type { Sql } from './client.ts'

const AGAIN_MS = 1000

/** Hears a channel on a connection of its own; when that is lost, on the next one, asked for every second. Throws when the first is not to be had. */
export async function keepListening(
  open: (onLost: () => void) => Sql,
  channel: string,
  hear: (payload: string) => void,
): Promise<{ stop(): Promise<void> }> {
  let stopped = false
  let sql = await listen()

  async function listen(): Promise<Sql> {
    let listening = false
    const own = open(() => listening && void listenAgain())
    try {
      await own.listen(channel, hear)
    } catch (error) {
      await own.end({ timeout: 0 })
      throw error
    }
    listening = true
    return own
  }

  async function listenAgain(): Promise<void> {
    await sql.end({ timeout: 0 })
    while (!stopped) {
      try {
        sql = await listen()
        break
      } catch {
        await sleep(AGAIN_MS, undefined, { ref: false })
      }
    }
    if (stopped) await sql.end({ timeout: 0 })
  }

  return {
    stop: async () => {
      stopped = true
      await sql.end({ timeout: 1 })
    },
  }
}
