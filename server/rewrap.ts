import { openDeps } from './adapters/node/open-deps.ts'
import { parseConfig } from './config.ts'
import { rewrapPortals } from './crypto/rewrap-portals.ts'
import { retireKeys } from './crypto/retire-keys.ts'
import { resealDeliveries } from './delivery/reseal-deliveries.ts'

// npm run rewrap: everything sealed under an older key of ENCRYPTION_KEYS moves to the first one.
const parsed = parseConfig(process.env)
if (!parsed.ok) {
  for (const problem of parsed.problems) console.error(problem)
  process.exit(1)
}
const { deps, close } = await openDeps(parsed.config, { work: false })
try {
  const dataKeys = await rewrapPortals(deps)
  const bodies = await resealDeliveries(deps)
  const { retired, kept } = await retireKeys(deps)
  console.log(JSON.stringify({ dataKeys, bodies, retired, kept }))
} finally {
  await close()
}
