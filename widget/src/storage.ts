// The portal's frame often blocks storage: reading the property alone may throw.
const area = (): Storage | null => {
  try {
    return window.sessionStorage
  } catch {
    return null
  }
}

/** A value kept while the browser tab lives; null when absent or when storage is blocked. */
export function readStored(key: string): string | null {
  try {
    return area()?.getItem(key) ?? null
  } catch {
    return null
  }
}

/** Keeps or (with null) removes a value; does nothing when storage is blocked or full. */
export function writeStored(key: string, value: string | null): void {
  try {
    if (value === null) area()?.removeItem(key)
    else area()?.setItem(key, value)
  } catch {
    return
  }
}
