import type { Boot } from './contract.ts'

/** What the page was opened with (contract §3.1); null when the page has no boot code. */
export function readBoot(): Boot | null {
  try {
    return asBoot(JSON.parse(document.getElementById('boot')?.textContent ?? 'null'))
  } catch {
    return null
  }
}

// The shell is our own server's, so its shape is checked only as far as the widget relies on it.
const asBoot = (value: unknown): Boot | null =>
  typeof value === 'object' && value !== null && 'code' in value && 'page' in value ? (value as Boot) : null
