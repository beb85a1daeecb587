import { z } from 'zod'
import { purgeDeliveries } from '../delivery/purge-deliveries.ts'
import type { Deps } from '../deps.ts'
import { eraseExpired } from '../privacy/erase-expired.ts'
import { expireMessages } from './expire-messages.ts'
import { purgeTraces } from './purge-traces.ts'

export const Housework = z.object({ task: z.enum(['purge', 'expire']) })

/** When each task runs, as cron expressions in UTC. */
export const HOUSEWORK_TIMES: Record<z.infer<typeof Housework>['task'], string> = {
  purge: '23 * * * *',
  expire: '41 3 * * *',
}

/** Work that no request asks for: what is only kept for some days goes, and whose clock ran out is erased. */
export async function keepHouse(deps: Deps, { task }: z.infer<typeof Housework>): Promise<void> {
  if (task === 'purge') {
    await purgeDeliveries(deps)
    await purgeTraces(deps)
  } else {
    await expireMessages(deps)
    await eraseExpired(deps)
  }
}
