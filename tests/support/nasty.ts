import type { Seeded } from './seeded.ts'

/** Strings that break what does not expect them. */
export const NASTY: readonly [string, ...string[]] = [
  ...([
    '',
    ' ',
    '.',
    '..',
    '../..',
    '%',
    '%00',
    '%2e%2e%2f',
    '\0',
    '\u2028',
    '😀',
    'null',
    'undefined',
  ] as const),
  ...['NaN', '-1', '0', '1e308', '99999999999999999999', "' or 1=1--", '$1', '{}', '[]', 'true', '__proto__'],
  ...['constructor', 'x'.repeat(5_000), '00000000-0000-0000-0000-000000000000', 'ffffffff-ffff-ffff-ffff'],
  ...['\ud800', 'a'.repeat(36), '<script>', 'eyJhIjoxfQ', '2026-01-01T00:00:00Z'],
]
/** Any JSON value somebody may send where another is expected. */
export const odd = (random: Seeded): unknown =>
  random.pick<() => unknown>([
    () => null,
    () => random.pick(NASTY),
    () => random.below(1e9) - 5e8,
    () => 1e308,
    () => [],
    () => [random.pick(NASTY)],
    () => ({}),
    () => ({ [random.pick(NASTY)]: random.pick(NASTY) }),
    () => JSON.parse('['.repeat(500) + ']'.repeat(500)) as unknown,
    () => random.next() < 0.5,
  ])()
