/** The wall clock, milliseconds since the epoch; tests hold the dial. */
export interface Clock {
  now(): number
}
