import { withPortal } from '#db/tenancy.ts'
import type { Deps } from '../deps.ts'
import type { PortalId } from '../ids.ts'
import { beginErasure } from '../privacy/begin-erasure.ts'
import { eachPortal } from './each-portal.ts'
import { enqueueConfirmation } from './enqueue-uninstall.ts'
import { changePortal, readPortal } from './portals.ts'
import { probeInstall, type ProbeVerdict } from './probe-install.ts'
import { leavePortal } from './leave-portal.ts'
import { stopIntake } from './stop-intake.ts'
import { writeAudit } from './write-audit.ts'

const PROBE_EVERY_MS = 10 * 60_000
const OTHERS_ASKED = 5

type Claim = { portalId: PortalId; clean: string }
type Judgement = 'gone' | 'forged' | 'suspended' | 'unknown'

/**
 * Job `portal.confirm-uninstall`: an uninstall is true when a refresh of the tenant's token is refused, asked at most once in
 * 10 minutes. True: sessions end and intake stops; with CLEAN=1 the data is erased too. Forged: noted, nothing changes.
 */
export async function confirmUninstall(deps: Deps, { portalId, clean }: Claim): Promise<void> {
  const turn = await takeTurn(deps, portalId, clean === '1')
  // A run that died after the verdict was written may not have come to this.
  if (turn === 'left') return stopIntake(deps, portalId)
  if (turn === 'later') return
  const verdict = await judge(deps, portalId, await probeInstall(deps, portalId))
  deps.log.info('portal.uninstall', { portalId, result: verdict })
  if (verdict === 'suspended') return leavePortal(deps, portalId, 'suspended')
  if (verdict === 'gone') {
    return clean === '1' ? beginErasure(deps, portalId) : leavePortal(deps, portalId, 'uninstalled')
  }
  await withPortal(deps.db, portalId, async (tx) => {
    if (verdict === 'forged') {
      return writeAudit(tx, portalId, { kind: 'system', id: null }, 'uninstall.forged', { clean })
    }
    return enqueueConfirmation(tx, deps, portalId, clean === '1', PROBE_EVERY_MS)
  })
}

async function takeTurn(deps: Deps, portalId: PortalId, clean: boolean): Promise<'now' | 'later' | 'left'> {
  return withPortal(deps.db, portalId, async (tx) => {
    const row = await readPortal(tx, portalId, 'update')
    if (row?.state !== 'active') return 'left'
    const now = deps.clock.now()
    const freeAt = (row.uninstallProbedAt?.getTime() ?? 0) + PROBE_EVERY_MS
    if (freeAt > now) {
      await enqueueConfirmation(tx, deps, portalId, clean, freeAt - now)
      return 'later'
    }
    await changePortal(tx, portalId, { uninstallProbedAt: new Date(now) })
    return 'now'
  })
}

async function judge(deps: Deps, portalId: PortalId, verdict: ProbeVerdict): Promise<Judgement> {
  if (verdict === 'alive') return 'forged'
  if (verdict === 'wrong_client' || verdict === 'portal_gone') return 'gone'
  if (verdict === 'invalid_grant') return 'suspended'
  // It may be us whom the OAuth server does not know: another tenant's refresh tells.
  if (verdict === 'invalid_client' && (await anotherRefreshes(deps, portalId))) return 'gone'
  return 'unknown'
}

async function anotherRefreshes(deps: Deps, except: PortalId): Promise<boolean> {
  let asked = 0
  for await (const portalId of eachPortal(deps)) {
    if (portalId === except) continue
    const row = await withPortal(deps.db, portalId, (tx) => readPortal(tx, portalId))
    if (row?.state !== 'active') continue
    if ((await probeInstall(deps, portalId)) === 'alive') return true
    if (++asked >= OTHERS_ASKED) return false
  }
  return false
}
