import type { InstallProgress } from '../contract.ts'
import type { PortalRow } from './portals.ts'

type State = InstallProgress['steps'][number]['state']

/** What the registration of a portal starts from; `registerExtensions` takes it further. */
export const NEW_REGISTRATION: Record<string, string> = {
  placements: 'waiting',
  events: 'waiting',
  ready: 'waiting',
}

/** How far the registration of a portal is, as the installer page shows it. A portal that has a row is verified. */
export function installProgress({ registration }: Pick<PortalRow, 'registration'>): InstallProgress {
  const { placements, events, ready, error: code } = registration
  return {
    ready: isRegistered({ registration }),
    steps: [
      { id: 'verified', state: 'done' },
      { id: 'placements', state: stateOf(placements) },
      { id: 'events', state: stateOf(events) },
      { id: 'ready', state: stateOf(ready) },
    ],
    error: code ? { code, message: 'The portal refused the registration.' } : null,
  }
}

/** Whether everything of ours is registered on the portal. */
export const isRegistered = ({ registration }: Pick<PortalRow, 'registration'>): boolean =>
  registration['ready'] === 'done'

const stateOf = (value: string | undefined): State =>
  value === 'done' || value === 'running' || value === 'failed' ? value : 'waiting'
