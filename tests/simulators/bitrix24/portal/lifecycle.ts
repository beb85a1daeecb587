import { fireFor } from '../fire-event.ts'
import type { Sim } from '../sim.ts'
import { appOf, installOf } from '../sim.ts'
import type { PortalState } from '../state.ts'
import { randomHex } from '../state.ts'
import { expireAll, revokeAll } from '../tokens.ts'

export interface AppUrls {
  install?: string
  app?: string
  /** The install-event field of the version card; gets ONAPPINSTALL beside bound handlers. */
  installEvent?: string
}

export interface Lifecycle {
  setAppUrls(urls: AppUrls): void
  /** An administrator starts the installation: the installer page is shown from now on. */
  beginInstall(): void
  /** What `installFinish` in the installer frame causes: INSTALLED=Y, then ONAPPINSTALL. */
  finishInstall(userId?: number | string): void
  /** A new version: handlers are dropped, ONAPPUPDATE goes to those that were bound. */
  updateApp(o?: { newToken?: boolean | string; userId?: number | string }): void
  /** Tokens are revoked first, then ONAPPUNINSTALL; `refreshAnswer` is what refreshes meet afterwards. */
  uninstall(o?: { clean?: boolean; refreshAnswer?: string }): void
  /** The portal moves; the old address answers 302. */
  renameTo(newOrigin: string): void
  /** The portal is gone for good. */
  deletePortal(): void
  expireTokens(): void
}

/** Marks the application as being installed; after an uninstall it comes back with a new application token. */
export function beginInstall(sim: Sim, portal: PortalState, clientId: string): void {
  const install = installOf(portal, clientId)
  if (install.present) return
  if (install.installed) install.applicationToken = randomHex(16)
  Object.assign(install, { present: true, installed: false, placements: [], handlers: [] })
  sim.uninstallAnswer.delete(portal.memberId)
  sim.touch()
}

/** Install, update, uninstall, rename. */
export function lifecycleOf(sim: Sim, portal: PortalState, clientId: string = sim.mainClientId): Lifecycle {
  const admin = (): number => portal.users.find((one) => one.isAdmin && one.active)?.id ?? 1
  return {
    setAppUrls(urls) {
      Object.assign(appOf(sim, clientId).urls, urls)
      sim.touch()
    },
    beginInstall: () => beginInstall(sim, portal, clientId),
    finishInstall(userId = admin()) {
      const install = installOf(portal, clientId)
      beginInstall(sim, portal, clientId)
      install.installed = true
      const data = { VERSION: install.version, ACTIVE: 'Y', INSTALLED: 'Y', LANGUAGE_ID: portal.lang }
      fireFor(sim, portal, install, 'ONAPPINSTALL', data, { userId: Number(userId) })
      portal.revision += 1
      sim.touch()
    },
    updateApp({ newToken = false, userId = admin() } = {}) {
      const install = installOf(portal, clientId)
      const previous = install.version
      install.version += 1
      if (newToken !== false) install.applicationToken = newToken === true ? randomHex(16) : newToken
      const data = { VERSION: install.version, PREVIOUS_VERSION: previous, LANGUAGE_ID: portal.lang }
      if (install.installed) fireFor(sim, portal, install, 'ONAPPUPDATE', data, { userId: Number(userId) })
      install.handlers = []
      sim.touch()
    },
    uninstall({ clean = false, refreshAnswer } = {}) {
      const install = installOf(portal, clientId)
      revokeAll(sim, portal.memberId, clientId)
      install.present = false
      if (refreshAnswer) sim.uninstallAnswer.set(portal.memberId, refreshAnswer)
      const data = { LANGUAGE_ID: portal.lang, CLEAN: clean ? 1 : 0 }
      if (install.installed) fireFor(sim, portal, install, 'ONAPPUNINSTALL', data, { userId: null })
      Object.assign(install, { placements: [], handlers: [] })
      if (clean) Object.assign(install, { options: {}, userOptions: {} })
      portal.revision += 1
      sim.touch()
    },
    renameTo(newOrigin) {
      portal.formerOrigins.push(portal.origin)
      portal.origin = newOrigin
      sim.touch()
    },
    deletePortal() {
      portal.deleted = true
      sim.touch()
    },
    expireTokens: () => expireAll(sim, portal.memberId),
  }
}
