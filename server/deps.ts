import type { Db } from '#db/pool.ts'
import type { Config } from './config.ts'
import type { Keyring } from './crypto/keyring.ts'
import type { Log } from './log.ts'
import type { Metrics } from './metrics.ts'
import type { Clock } from './ports/clock.ts'
import type { Hints } from './ports/hints.ts'
import type { Http } from './ports/http.ts'
import type { Intake } from './ports/intake.ts'
import type { Jobs } from './ports/jobs.ts'

/** Everything a verb may need; nothing else is global. */
export type Deps = {
  readonly config: Config
  readonly db: Db
  readonly keyring: Keyring
  readonly log: Log
  readonly metrics: Metrics
  readonly clock: Clock
  readonly http: Http
  readonly hints: Hints
  readonly jobs: Jobs
  readonly intake: Intake
}

/** What liveness and the intake of webhooks need: a runtime may have no more than this. */
export type IntakeDeps = Pick<Deps, 'config' | 'log' | 'metrics' | 'intake'>

/** Who acts: a portal user, the portal itself, or the app. */
export type Actor =
  | { kind: 'user'; id: string; name: string; isAdmin: boolean }
  | { kind: 'portal'; id: null }
  | { kind: 'system'; id: null }
