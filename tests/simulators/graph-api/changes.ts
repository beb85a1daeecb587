import { saveWorld } from './state-file.ts'
import type { World } from './state.ts'

const SAVE_AFTER_MS = 300
const TELL_AFTER_MS = 40

export interface Changes {
  /** Calls back soon after something changed; answers the way to stop. */
  watch(listener: () => void): () => void
  saveNow(): void
  stop(): void
}

/** Saves the world a moment after it changed and tells those who watch; costs nothing without file and watchers. */
export const trackChanges = (world: World): Changes => {
  const file = world.options.stateFile
  const listeners = new Set<() => void>()
  let saving: NodeJS.Timeout | undefined
  let telling: NodeJS.Timeout | undefined

  const saveNow = () => {
    clearTimeout(saving)
    saving = undefined
    if (file !== undefined) saveWorld(world, file)
  }
  const tell = () => {
    telling = undefined
    for (const listener of listeners) listener()
  }
  world.changed = () => {
    if (file !== undefined) saving ??= setTimeout(saveNow, SAVE_AFTER_MS).unref()
    if (listeners.size > 0) telling ??= setTimeout(tell, TELL_AFTER_MS).unref()
  }
  return {
    watch: (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    saveNow,
    stop: () => {
      if (saving !== undefined) saveNow()
      clearTimeout(telling)
      world.changed = () => {}
    },
  }
}
