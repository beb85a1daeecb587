export type FaultKind =
  | 'QUERY_LIMIT_EXCEEDED'
  | 'OPERATION_TIME_LIMIT'
  | 'OVERLOAD_LIMIT'
  | 'PAYMENT_REQUIRED'
  | 'invalid_client'
  | 'invalid_grant'
  | 'wrong_client'
  | 'expired_token'
  | 'INTERNAL_SERVER_ERROR'
  | 'timeout'
  | '500'
  | 'html'
  | 'drop-after'

export interface FaultRule {
  /** REST method, or `oauth.token`; inside a batch too. */
  method?: string
  /** `rest`, `oauth`, `frame` (what the portal's own page asks), or the beginning of a path. */
  route?: string
  times?: number
  as: FaultKind
}

export interface FaultTarget {
  route: 'rest' | 'oauth' | 'frame'
  path: string
  /** Methods this request runs: itself, then the commands of a batch. */
  methods: string[]
}

export interface Faults {
  fail(rule: FaultRule): void
  take(target: FaultTarget, kinds?: (kind: FaultKind) => boolean): FaultKind | undefined
  hold(match: { method?: string; route?: string }): () => void
  setLatency(ms: number, route: 'api' | 'frame'): void
  wait(target: FaultTarget): Promise<void>
  clear(): void
}

interface Hold {
  match: { method?: string; route?: string }
  released: Promise<void>
}

/** Faults on demand: each rule is used up by the requests it hits; holds and latency delay before anything runs. */
export function createFaults(): Faults {
  let rules: (FaultRule & { times: number })[] = []
  let holds: Hold[] = []
  const latencyMs = { api: 0, frame: 0 }
  return {
    fail: (rule) => void rules.push({ times: 1, ...rule }),
    take(target, kinds = () => true) {
      const rule = rules.find((one) => hits(one, target))
      if (!rule || !kinds(rule.as)) return undefined
      rule.times -= 1
      if (rule.times <= 0) rules = rules.filter((one) => one !== rule)
      return rule.as
    },
    hold(match) {
      let release = (): void => undefined
      const hold: Hold = { match, released: new Promise((resolve) => (release = () => resolve())) }
      holds.push(hold)
      return () => {
        holds = holds.filter((one) => one !== hold)
        release()
      }
    },
    setLatency(ms, route) {
      latencyMs[route] = ms
    },
    async wait(target) {
      await Promise.all(holds.filter((hold) => hits(hold.match, target)).map((hold) => hold.released))
      const ms = latencyMs[target.route === 'frame' ? 'frame' : 'api']
      if (ms > 0) await new Promise((resolve) => setTimeout(resolve, ms))
    },
    clear() {
      rules = []
      holds = []
      Object.assign(latencyMs, { api: 0, frame: 0 })
    },
  }
}

function hits(rule: { method?: string; route?: string }, target: FaultTarget): boolean {
  const { route, method } = rule
  if (route === undefined && target.route === 'frame') return false
  if (route !== undefined && route !== target.route && !target.path.startsWith(route)) return false
  return method === undefined || target.methods.includes(method.toLowerCase())
}
