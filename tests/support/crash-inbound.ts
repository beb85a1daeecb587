// The inbound path of a server that kills itself, as hard as kill -9, at one boundary between two steps.
import { serve } from '@hono/node-server'
import type { Sql } from '#db/client.ts'
import type { Db } from '#db/pool.ts'
import { openDeps } from '#server/adapters/node/open-deps.ts'
import { createIntake } from '#server/adapters/node/intake.ts'
import { createNodeSignatureCheck } from '#server/adapters/node/signature.ts'
import { createApp } from '#server/app.ts'
import { startIngest } from '#server/delivery/start-ingest.ts'
import type { Deps } from '#server/deps.ts'
import type { CrashStep } from './crash-steps.ts'
import { testConfig } from './test-config.ts'

const [step = 'before the insert', url = ''] = process.argv.slice(2) as [CrashStep, string]
const die = (): Promise<never> => {
  process.kill(process.pid, 'SIGKILL')
  return new Promise(() => {})
}

/** The pool, dying before or after the first statement that names a function. */
const fatal = (sql: Sql, name: string, when: 'before' | 'during' | 'after'): Sql =>
  new Proxy(sql, {
    apply: (target, self, args: unknown[]) => {
      const hit = Array.isArray(args[0]) && args[0].join('').includes(name)
      if (hit && when === 'before') return die()
      const query: Promise<unknown> = Reflect.apply(target, self, args)
      if (!hit) return query
      if (when === 'after') return query.then(die)
      void query.then(() => {})
      setImmediate(() => void die())
      return query
    },
  })

const opened = await openDeps(testConfig({ DATABASE_URL: url, LOG_LEVEL: 'silent' }), { work: false })
const fatalDb = (...fate: [name: string, when: 'before' | 'during' | 'after']): Db => ({
  lease: (work) => opened.deps.db.lease((sql) => work(fatal(sql, ...fate))),
})
const STEPS: Record<CrashStep, Partial<Deps>> = {
  'before the insert': { db: fatalDb('append_deliveries', 'before') },
  'during the commit': { db: fatalDb('append_deliveries', 'during') },
  'after the commit, before the answer': { db: fatalDb('append_deliveries', 'after') },
  'after the claim': { db: fatalDb('claim_deliveries', 'after') },
  'inside the transaction of the portal': { hints: { ...opened.deps.hints, publish: die } },
  'after the ingest, before it is settled': { db: fatalDb('settle_deliveries', 'before') },
  'while it is settled': { db: fatalDb('settle_deliveries', 'during') },
  'after it is settled': { db: fatalDb('settle_deliveries', 'after') },
}
const fated = { ...opened.deps, ...STEPS[step] }
const deps: Deps = { ...fated, intake: createIntake(fated) }
startIngest(deps)
const app = createApp(deps, { signatureCheck: createNodeSignatureCheck(deps.config.meta.appSecrets) })
serve({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' }, ({ port }) =>
  process.stdout.write(`port=${port}\n`),
)
