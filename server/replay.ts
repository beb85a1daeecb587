import { parseArgs } from 'node:util'
import { openDeps } from './adapters/node/open-deps.ts'
import { parseConfig } from './config.ts'
import { parseSince } from './delivery/parse-since.ts'
import { replayDeliveries } from './delivery/replay-deliveries.ts'
import { asId, type ChannelId } from './ids.ts'

// npm run replay -- --since <ISO time | 7d | 12h | 30m> [--channel <id>]: ingests kept webhook bodies again.
function refuse(...lines: string[]): never {
  for (const line of lines) console.error(line)
  process.exit(1)
}

const readArguments = () => {
  try {
    return parseArgs({ options: { since: { type: 'string' }, channel: { type: 'string' } } }).values
  } catch (error) {
    return refuse(error instanceof Error ? error.message : String(error))
  }
}

const values = readArguments()
const since = parseSince(values.since, Date.now())
if (!since) refuse('--since is missing or no time: give an ISO time, or 7d, 12h, 30m')
const channelId = values.channel === undefined ? undefined : asId<ChannelId>(values.channel)
const parsed = parseConfig(process.env)
if (!parsed.ok) refuse(...parsed.problems)
const { deps, close } = await openDeps(parsed.config, { work: false })
try {
  console.log(JSON.stringify(await replayDeliveries(deps, { since, channelId })))
} finally {
  await close()
}
