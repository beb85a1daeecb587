import type { DeliveryId } from '../ids.ts'

/** Takes in one verified webhook body. Resolves when it is on disk; throws AppError `unavailable` when it is not. */
export interface Intake {
  append(body: Uint8Array): Promise<DeliveryId>
  /** Calls back after each commit with the number of bodies it holds; whoever ingests has something to do. */
  onStored(listener: (count: number) => void): void
}
