import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startEmbedded } from '#db/embedded.ts'
import { migrate } from '#db/migrate.ts'
import { ensureWidget } from '#server/adapters/node/build-widget.ts'
import { USERS } from '../simulators/demo/seed-portal.ts'
import { startChromium } from '../support/browser.ts'
import { customer, installApp, openTab, shown } from '../support/stage-app.ts'
import { createStage } from '../support/stage.ts'
import { measureBundle } from './measure-bundle.ts'
import type { BenchResult } from './run.ts'
import { timeOpening } from './time-opening.ts'

const BUDGET = { javascript: 160_000, css: 42_000, files: 6 }
const VISIBLE_MS = 700
const OPENINGS = 10
const MESSAGES = 60
const CARD = `/crm/contact/details/1/?active_tab=0&as=${USERS.repA}`

/** What the contact tab loads before its thread is visible, and how long a person waits for it. */
export async function run(): Promise<BenchResult[]> {
  await ensureWidget()
  const { javascript, css, files, over } = measureBundle({
    ...BUDGET,
    entry: 'src/tab.ts',
    alsoNeeded: /^src\/i18n\/(en|ru|ro)\.ts$/,
  })
  const samples = await timeOpenings()
  const medianMs = median(samples)
  return [
    { bench: 'bundle', ok: over.length === 0, javascript, css, files: files.length, budget: BUDGET },
    { bench: 'bundle.visible', ok: medianMs <= VISIBLE_MS, medianMs, budgetMs: VISIBLE_MS, samples },
  ]
}

async function timeOpenings(): Promise<number[]> {
  const dataDir = await mkdtemp(join(tmpdir(), 'wasync-bench-'))
  const embedded = await startEmbedded({ dataDir, durable: true })
  await migrate({ ownerUrl: embedded.ownerUrl, appRole: 'wasync_app' })
  const stage = await createStage({ appUrl: embedded.appUrl, drop: async () => {} })
  const browser = await startChromium()
  try {
    await fill(stage)
    await timeOpening(browser, stage, CARD)
    const samples: number[] = []
    for (let turn = 0; turn < OPENINGS; turn += 1)
      samples.push(Math.round(await timeOpening(browser, stage, CARD)))
    return samples
  } finally {
    await browser.close()
    await stage.close()
    await embedded.stop()
    await rm(dataDir, { recursive: true, force: true })
  }
}

async function fill(stage: Awaited<ReturnType<typeof createStage>>): Promise<void> {
  await installApp(stage)
  const now = Math.floor(Date.now() / 1000)
  const lines = Array.from({ length: MESSAGES }, (_, index) => ({
    text: `Message ${index} of a customer with a question`,
    at: now - (MESSAGES - index) * 60,
  }))
  await customer(stage, 0).writeMany(lines)
  await shown(await openTab(stage, USERS.repA, '1'), '1', lines.at(-1)?.text ?? '')
}

function median(samples: readonly number[]): number {
  const sorted = samples.toSorted((a, b) => a - b)
  const middle = Math.floor(sorted.length / 2)
  return Math.round(((sorted[middle - 1] ?? 0) + (sorted[middle] ?? 0)) / 2)
}
