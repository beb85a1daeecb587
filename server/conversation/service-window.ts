// The customer service window (Cloud API, "Customer service windows").
const WINDOW_MS = 24 * 60 * 60 * 1000

/** Whether the 24-hour window after the customer's last message is open at `now` (ms), and when it closes or closed. */
export function windowOf(lastInboundAt: Date | null, now: number): { open: boolean; closesAt: Date | null } {
  if (!lastInboundAt) return { open: false, closesAt: null }
  const closesAt = new Date(lastInboundAt.getTime() + WINDOW_MS)
  return { open: now < closesAt.getTime(), closesAt }
}
