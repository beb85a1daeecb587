const UNIT_MS: Record<string, number> = { d: 86_400_000, h: 3_600_000, m: 60_000 }

/** A point in time given as ISO 8601, or as an age like `7d`, `12h`, `30m`; undefined for anything else. */
export function parseSince(value: string | undefined, now: number): Date | undefined {
  const age = /^(\d{1,5})([dhm])$/.exec(value ?? '')
  if (age) return new Date(now - Number(age[1]) * (UNIT_MS[age[2] ?? ''] ?? 0))
  if (!/^\d{4}-\d{2}-\d{2}/.test(value ?? '')) return undefined
  const date = new Date(value ?? '')
  return Number.isNaN(date.getTime()) ? undefined : date
}
