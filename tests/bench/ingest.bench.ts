import { startBenchDatabase, type BenchDatabase } from './bench-database.ts'
import { makePosts } from './bodies.ts'
import { openLedger, type Ledger } from './ledger.ts'
import { load, median, round, type LoadResult } from './load.ts'
import { pace } from './pace.ts'
import type { BenchResult } from './run.ts'
import { startProcess, type Started } from './start-process.ts'

// `--quick` is for looking while working; the budgets hold for the full run.
const QUICK = process.argv.includes('--quick')
const PAIRS = QUICK ? 3 : 9
const POSTS = QUICK ? 2_000 : 6_000
const CONNECTIONS = [16, 32, 64]
const OPEN_LOOP = { perSecond: 320, seconds: QUICK ? 5 : 60 }
const SOAK_POSTS = QUICK ? 20_000 : 200_000
const DRAIN_AT_LEAST = QUICK ? 5_000 : 20_000

const BUDGET = { running: 0.6, runningToSingle: 1, paused: 0.8, p99: 3, progress: 500, drain: 2_000 }

type Kind = 'shared' | 'single' | 'running' | 'paused'
type Pair = Record<Kind, LoadResult> & { progress: number }
type Stage = {
  servers: Record<Kind, Started>
  ledgers: { running: Ledger; paused: Ledger }
  acked: { running: string[]; paused: string[] }
}

let runs = 0
const seed = Date.now().toString(36)
const posts = (server: Started, count: number) => makePosts(`${seed}${++runs}x`, server.port, count)

/** The inbound path against the least a durable webhook can do, interleaved, on the same database server. */
export async function run(): Promise<BenchResult[]> {
  const database = await startBenchDatabase()
  try {
    return await measure(database)
  } finally {
    await database.stop()
  }
}

async function measure(database: BenchDatabase): Promise<BenchResult[]> {
  const floor = await database.addFloor('floor')
  const running = await database.addProduct('running')
  const paused = await database.addProduct('paused')
  const servers = {
    shared: await startProcess('serve-floor.ts', 'shared', floor),
    single: await startProcess('serve-floor.ts', 'single', floor),
    running: await startProcess('serve-inbound.ts', 'running', running.appUrl),
    paused: await startProcess('serve-inbound.ts', 'paused', paused.appUrl),
  }
  const stage: Stage = {
    servers,
    ledgers: { running: openLedger(running.superUrl), paused: openLedger(paused.superUrl) },
    acked: { running: [], paused: [] },
  }
  try {
    await warmUp(stage)
    // First of all: how long one post takes is asked of a database that is not still tidying up after 300,000 of them.
    const results: BenchResult[] = [await openLoop(stage)]
    for (const connections of CONNECTIONS) results.push(await closedLoop(stage, connections))
    for (const one of [servers.shared, servers.single]) await one.stop()
    results.push(await drain(stage, paused.appUrl), await soak(stage), await audit(stage))
    return results
  } finally {
    for (const one of Object.values(servers)) await one.stop()
    for (const one of Object.values(stage.ledgers)) await one.close()
  }
}

async function take(stage: Stage, kind: Kind, connections: number, count = POSTS): Promise<LoadResult> {
  const result = await load(stage.servers[kind].port, posts(stage.servers[kind], count), connections)
  if (kind === 'running' || kind === 'paused') stage.acked[kind].push(...result.acked)
  return result
}

async function warmUp(stage: Stage): Promise<void> {
  for (const kind of ['shared', 'single', 'running', 'paused'] as const) await take(stage, kind, 32, 2_000)
  await stage.ledgers.running.drained()
}

async function onePair(stage: Stage, connections: number, backwards: boolean): Promise<Pair> {
  let progress = 0
  const steps = {
    shared: () => take(stage, 'shared', connections),
    running: async () => {
      const before = await stage.ledgers.running.messages()
      const started = performance.now()
      const result = await take(stage, 'running', connections)
      const seconds = (performance.now() - started) / 1000
      progress = ((await stage.ledgers.running.messages()) - before) / seconds
      await stage.ledgers.running.drained()
      return result
    },
    single: () => take(stage, 'single', connections),
    paused: () => take(stage, 'paused', connections),
  }
  const results: Partial<Record<Kind, LoadResult>> = {}
  // What one leaves behind (vacuum, checkpoints) falls on each of the others in turn.
  const order = ['shared', 'running', 'single', 'paused'] as const
  for (const kind of backwards ? order.toReversed() : order) results[kind] = await steps[kind]()
  return { ...(results as Record<Kind, LoadResult>), progress }
}

async function closedLoop(stage: Stage, connections: number): Promise<BenchResult> {
  const pairs: Pair[] = []
  for (let index = 0; index < PAIRS; index++) pairs.push(await onePair(stage, connections, index % 2 === 1))
  const ratio = (left: Kind, right: Kind, what: 'perSecond' | 'p99') =>
    round(median(pairs.map((pair) => pair[left][what] / pair[right][what])))
  const rate = (kind: Kind) => median(pairs.map((pair) => pair[kind].perSecond))
  const ratios = {
    running: ratio('running', 'shared', 'perSecond'),
    runningToSingle: ratio('running', 'single', 'perSecond'),
    paused: ratio('paused', 'shared', 'perSecond'),
    p99: ratio('running', 'shared', 'p99'),
  }
  const progress = Math.round(median(pairs.map((pair) => pair.progress)))
  const refused = pairs.reduce((sum, { running, paused }) => sum + running.refused + paused.refused, 0)
  const isFast = ratios.running >= BUDGET.running && ratios.runningToSingle >= BUDGET.runningToSingle
  const ok =
    isFast && ratios.paused >= BUDGET.paused && ratios.p99 <= BUDGET.p99 && progress >= BUDGET.progress
  return {
    ...{
      bench: 'ingest.closed-loop',
      ok: ok && refused === 0,
      connections,
      seed,
      pairs: PAIRS,
      ratios,
      progress,
      refused,
    },
    rates: {
      shared: rate('shared'),
      single: rate('single'),
      running: rate('running'),
      paused: rate('paused'),
    },
    p99: median(pairs.map((pair) => pair.running.p99)),
  }
}

/** How fast the backlog of the paused server becomes visible once somebody ingests. */
async function drain(stage: Stage, appUrl: string): Promise<BenchResult> {
  const ledger = stage.ledgers.paused
  while ((await ledger.waiting()) < DRAIN_AT_LEAST) await take(stage, 'paused', 32)
  await stage.servers.paused.stop()
  stage.servers.paused = await startProcess('serve-inbound.ts', 'running', appUrl)
  const backlog = await ledger.waiting()
  const started = performance.now()
  await ledger.drained()
  const perSecond = Math.round((backlog * 1000) / (performance.now() - started))
  return { bench: 'ingest.drain', ok: perSecond >= BUDGET.drain, backlog, perSecond }
}

async function openLoop(stage: Stage): Promise<BenchResult> {
  const { perSecond, seconds } = OPEN_LOOP
  const { running } = stage.servers
  const { p50, p99, lateP99, acked, refused } = await pace(
    running.port,
    posts(running, perSecond * seconds),
    perSecond,
  )
  stage.acked.running.push(...acked)
  const ok = p50 <= 10 && p99 <= 50 && refused === 0
  return { bench: 'ingest.open-loop', ok, perSecond, seconds, p50, p99, lateP99, refused }
}

/** Memory over many posts: under the limit, and the last third no higher than the first by more than a tenth. */
async function soak(stage: Stage): Promise<BenchResult> {
  const samples: number[] = []
  const round = 5_000
  for (let sent = 0; sent < SOAK_POSTS; sent += round) {
    await take(stage, 'running', 32, round)
    samples.push(await stage.servers.running.rssMb())
  }
  await stage.ledgers.running.drained()
  const third = Math.max(1, Math.floor(samples.length / 3))
  const [first, last] = [Math.max(...samples.slice(0, third)), Math.max(...samples.slice(-third))]
  const ok = Math.max(...samples) <= 300 && last <= first * 1.1
  return {
    bench: 'ingest.memory',
    ok,
    posts: SOAK_POSTS,
    rssMb: Math.max(...samples),
    firstThird: first,
    lastThird: last,
  }
}

async function audit(stage: Stage): Promise<BenchResult> {
  const parts = await Promise.all(
    (['running', 'paused'] as const).map(async (kind) => {
      await stage.ledgers[kind].drained()
      return { ...(await stage.ledgers[kind].audit(stage.acked[kind])), acked: stage.acked[kind].length }
    }),
  )
  const sum = (what: 'acked' | 'shown' | 'lost' | 'doubled' | 'wrong') =>
    parts.reduce((total, part) => total + part[what], 0)
  const verdict = { lost: sum('lost'), doubled: sum('doubled'), wrong: sum('wrong') }
  const ok = verdict.lost + verdict.doubled + verdict.wrong === 0
  return { bench: 'ingest.audit', ok, seed, acked: sum('acked'), shown: sum('shown'), ...verdict }
}
