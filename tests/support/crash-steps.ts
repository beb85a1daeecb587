/** The boundaries between two steps of inbound. */
export const CRASH_STEPS = [
  'before the insert',
  'during the commit',
  'after the commit, before the answer',
  'after the claim',
  'inside the transaction of the portal',
  'after the ingest, before it is settled',
  'while it is settled',
  'after it is settled',
] as const
export type CrashStep = (typeof CRASH_STEPS)[number]
