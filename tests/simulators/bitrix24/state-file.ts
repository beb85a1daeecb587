import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import type { State } from './state.ts'

export interface StateFile {
  load(): State | undefined
  save(state: State): void
  /** Saves within a quarter of a second, once for many changes. */
  saveSoon(state: State): void
  close(): void
}

/** Keeps the state in one JSON file, replaced atomically; without a path nothing is kept. */
export function openStateFile(path: string | undefined): StateFile {
  let timer: NodeJS.Timeout | undefined
  const save = (state: State): void => {
    clearTimeout(timer)
    timer = undefined
    if (path === undefined) return
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(`${path}.new`, JSON.stringify(state))
    renameSync(`${path}.new`, path)
  }
  return {
    load: () => (path !== undefined && existsSync(path) ? readState(path) : undefined),
    save,
    saveSoon(state) {
      if (path === undefined || timer) return
      timer = setTimeout(() => save(state), 250)
      timer.unref()
    },
    close: () => clearTimeout(timer),
  }
}

function readState(path: string): State {
  return JSON.parse(readFileSync(path, 'utf8'))
}
