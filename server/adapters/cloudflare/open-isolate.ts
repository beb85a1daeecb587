import { openPool } from '#db/pool.ts'
import { parseConfig } from '../../config.ts'
import { createKeyring } from '../../crypto/keyring.ts'
import type { IntakeDeps } from '../../deps.ts'
import { createLog } from '../../log.ts'
import { createMetrics } from '../../metrics.ts'
import { createSignatureCheck, type SignatureCheck } from '../../whatsapp/signature.ts'
import { createIntake } from './intake.ts'

/** The bindings of a Worker: variables and secrets are text, everything else is an object. */
export type Bindings = { readonly [name: string]: unknown }

export type RequestDeps = { deps: IntakeDeps; close(): Promise<void> }

/** What the requests of one isolate share. Connections are none of it: workerd ties a socket to the request that opened it. */
export type Isolate = { signatureCheck: SignatureCheck; openDeps(): RequestDeps }

export type Opened = { ok: true; isolate: Isolate } | { ok: false; problems: string[] }

/** Reads the bindings; every problem is one line that names the binding and never its value. */
export function openIsolate(bindings: Bindings): Opened {
  const parsed = parseConfig(textsOf(bindings))
  const url = connectionString(bindings.HYPERDRIVE)
  const problems = parsed.ok ? [] : parsed.problems
  if (!url) problems.push('HYPERDRIVE is missing: bind a Hyperdrive configuration under this name')
  if (!parsed.ok || !url) return { ok: false, problems }
  const { config } = parsed
  const keyring = createKeyring(config.encryptionKeys)
  const log = createLog({ level: config.logLevel })
  const metrics = createMetrics()
  const openDeps = (): RequestDeps => {
    const db = openPool(url, { max: 1, name: 'wasync-worker' })
    const intake = createIntake({ db, keyring })
    return { deps: { config, log, metrics, intake }, close: () => db.close() }
  }
  return { ok: true, isolate: { signatureCheck: createSignatureCheck(config.meta.appSecrets), openDeps } }
}

function textsOf(bindings: Bindings): Record<string, string> {
  const texts: Record<string, string> = {}
  for (const [name, value] of Object.entries(bindings)) if (typeof value === 'string') texts[name] = value
  return texts
}

function connectionString(binding: unknown): string | undefined {
  const isHyperdrive = typeof binding === 'object' && binding !== null && 'connectionString' in binding
  return isHyperdrive && typeof binding.connectionString === 'string' ? binding.connectionString : undefined
}
