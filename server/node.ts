import { ensureWidget } from './adapters/node/build-widget.ts'
import { openDeps } from './adapters/node/open-deps.ts'
import { serve } from './adapters/node/serve.ts'
import { parseConfig } from './config.ts'

function refuse(...lines: string[]): never {
  for (const line of lines) console.error(line)
  process.exit(1)
}

const parsed = parseConfig(process.env)
if (!parsed.ok) refuse(...parsed.problems)
const { config } = parsed

const lineOf = (error: unknown): string =>
  (error instanceof Error ? error.message : String(error)).split('\n')[0] ?? ''

try {
  await ensureWidget()
  const { deps, boss, close } = await openDeps(config, { work: true })
  const server = await serve(deps, boss)
  deps.log.info('started', { port: config.port })
  let stopping = false
  const stop = async (signal: string) => {
    if (stopping) return
    stopping = true
    deps.log.info('stopping', { signal })
    await server.stop()
    await close()
    process.exit(0)
  }
  process.on('SIGINT', () => void stop('SIGINT'))
  process.on('SIGTERM', () => void stop('SIGTERM'))
} catch (error) {
  refuse(lineOf(error))
}
