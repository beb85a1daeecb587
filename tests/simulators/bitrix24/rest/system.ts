import { appInfo } from '../app-info.ts'
import type { MethodGroup } from './call.ts'
import { isoTime } from './call.ts'
import { asFlag } from './params.ts'
import { findMethod, methodNames } from './registry.ts'

/** What an application learns about itself, its scopes and the methods. */
export const systemMethods: MethodGroup = {
  'app.info': { scope: null, run: ({ sim, portal, install }) => appInfo(sim, portal, install) },
  scope: {
    scope: null,
    run: ({ pair, params }) => (asFlag(params.any('full')) ? [...pair.scope, 'bizproc', 'im'] : pair.scope),
  },
  methods: {
    scope: null,
    run({ pair, params }) {
      if (asFlag(params.any('full'))) return methodNames(null)
      const scope = params.text('scope')
      return methodNames(scope === '' ? [null, ...pair.scope] : [scope])
    },
  },
  'method.get': {
    scope: null,
    run({ params, pair }) {
      const name = params.text('name')
      const method = findMethod(name)
      const scope = method?.scope
      const open = method !== undefined && (scope === null || pair.scope.includes(String(scope)))
      return { isExisting: method !== undefined || name === 'batch', isAvailable: open || name === 'batch' }
    },
  },
  'server.time': { scope: null, run: ({ sim }) => isoTime(sim.now()) },
}
