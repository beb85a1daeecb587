import type { Call, MethodGroup } from './call.ts'
import { adminOnly } from './errors.ts'
import { asMap } from './params.ts'

/** Settings the portal keeps for the application, and for each of its users. */
export const optionMethods: MethodGroup = {
  'app.option.get': {
    scope: null,
    run: ({ install, params }) => read(install.options, params.text('option')),
  },
  'app.option.set': {
    scope: null,
    run(call) {
      if (!call.user.isAdmin) throw adminOnly()
      write(call, call.install.options)
      return true
    },
  },
  'user.option.get': { scope: null, run: (call) => read(ownOptions(call), call.params.text('option')) },
  'user.option.set': {
    scope: null,
    run(call) {
      write(call, ownOptions(call))
      return true
    },
  },
}

function ownOptions({ install, user }: Call): Record<string, unknown> {
  return (install.userOptions[user.id] ??= {})
}

function read(options: Record<string, unknown>, name: string): unknown {
  if (name !== '') return options[name] ?? ''
  return Object.keys(options).length > 0 ? options : []
}

function write({ sim, params }: Call, options: Record<string, unknown>): void {
  Object.assign(options, asMap(params.any('options')))
  sim.touch()
}
