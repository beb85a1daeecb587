import { randomBytes } from 'node:crypto'
import { closeSync, openSync } from 'node:fs'
import { chown, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { chooseRunAs } from './run-as.ts'
import type { Binaries } from './binaries.ts'
import { exitOf, spawnProgram } from './run-program.ts'
import type { Launch } from './run-program.ts'

const passwords = z.object({ postgres: z.string(), owner: z.string(), app: z.string() })

/** The passwords of the superuser, the owner role and the application role. */
export type Passwords = z.infer<typeof passwords>

const newPasswords = (): Passwords => ({
  postgres: randomBytes(24).toString('hex'),
  owner: randomBytes(24).toString('hex'),
  app: randomBytes(24).toString('hex'),
})

const initdb = async (launch: Launch, passwordFile: string, durable: boolean): Promise<void> => {
  const logPath = join(launch.folder, 'initdb.log')
  const log = openSync(logPath, 'w', 0o600)
  const args = ['-D', join(launch.folder, 'data'), '-U', 'postgres', `--pwfile=${passwordFile}`]
  args.push('--auth=scram-sha-256', '--encoding=UTF8', '--locale=C', '--no-instructions')
  // The built-in provider sorts and folds case alike on every platform, whatever locales are installed.
  args.push('--locale-provider=builtin', '--builtin-locale=C.UTF-8')
  if (!durable) args.push('--no-sync')
  try {
    const code = await exitOf(spawnProgram(launch, launch.binaries.initdb, args, log))
    if (code !== 0) {
      const lines = (await readFile(logPath, 'utf8')).trim().split('\n')
      throw new Error(`initdb failed (${code}): ${lines.at(-1)}`)
    }
  } finally {
    closeSync(log)
  }
}

/** Makes a new cluster with random passwords at `folder`; a crash on the way leaves nothing there. */
export const createCluster = async (folder: string, binaries: Binaries, durable: boolean): Promise<void> => {
  const draft = `${folder}.new`
  await rm(draft, { recursive: true, force: true })
  await mkdir(draft, { mode: 0o711 })
  const launch = { folder: draft, binaries, runAs: chooseRunAs(draft, binaries) }
  const secrets = newPasswords()
  const passwordFile = join(draft, 'initdb-password')
  await mkdir(join(draft, 'data'), { mode: 0o700 })
  await writeFile(passwordFile, secrets.postgres, { mode: 0o600 })
  const { owner } = launch.runAs
  if (owner) for (const path of [join(draft, 'data'), passwordFile]) await chown(path, owner.uid, owner.gid)
  await initdb(launch, passwordFile, durable)
  await rm(passwordFile)
  await rm(join(draft, 'initdb.log'))
  await writeFile(join(draft, 'passwords.json'), JSON.stringify(secrets), { mode: 0o600 })
  await rename(draft, folder)
}

/** The passwords chosen when the cluster was made. */
export const readPasswords = async (folder: string): Promise<Passwords> =>
  passwords.parse(JSON.parse(await readFile(join(folder, 'passwords.json'), 'utf8')))
