import type { App } from './env.ts'

/** Liveness: the process answers. */
export function mountHealth(app: App): void {
  app.get('/healthz', (c) => c.json({ ok: true }))
}
