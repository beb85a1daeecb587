// Holds an embedded server until standard input says a word: the process that the fault tests kill.
import { startEmbedded } from '#db/embedded.ts'

const [dataDir = '', durability] = process.argv.slice(2)
const { stop, ...urls } = await startEmbedded({ dataDir, durable: durability === 'durable' })
process.stdin.once('data', () => {
  void stop().then(() => process.exit(0))
})
process.stdout.write(JSON.stringify(urls))
