import { activityMethods } from './activities.ts'
import { bindingMethods } from './bindings.ts'
import type { Method, MethodGroup } from './call.ts'
import { configurableMethods } from './configurable.ts'
import { duplicateMethods } from './duplicates.ts'
import { eventMethods } from './event-methods.ts'
import { itemMethods } from './items.ts'
import { optionMethods } from './options.ts'
import { placementMethods } from './placements.ts'
import { systemMethods } from './system.ts'
import { timelineMethods } from './timeline.ts'
import { userMethods } from './users.ts'

const methods: MethodGroup = {
  ...systemMethods,
  ...userMethods,
  ...eventMethods,
  ...placementMethods,
  ...optionMethods,
  ...itemMethods,
  ...duplicateMethods,
  ...configurableMethods,
  ...activityMethods,
  ...bindingMethods,
  ...timelineMethods,
}

/** The method with this name, in any letter case. */
export function findMethod(name: string): Method | undefined {
  return Object.hasOwn(methods, name.toLowerCase()) ? methods[name.toLowerCase()] : undefined
}

/** Names of the methods that a scope opens; all of them without one. */
export function methodNames(scopes: (string | null)[] | null): string[] {
  return ['batch', ...Object.keys(methods)].filter(
    (name) => scopes === null || scopes.includes(methods[name]?.scope ?? null),
  )
}
