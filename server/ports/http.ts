/** One outside call. `timeoutMs` covers the whole exchange; `host` tells which hosts it may reach. */
export interface Http {
  /** Throws AppError `host_refused` before anything is sent, or `unavailable` with retry `unknown-outcome` (or `later` when surely nothing was sent). Redirects are never followed. */
  (request: Request, options: { timeoutMs: number; maxBytes?: number }): Promise<Response>
}
