import { spawnSync } from 'node:child_process'
import { readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import type { Binaries } from './binaries.ts'

type Account = { uid: number; gid: number }

/** How to start a PostgreSQL program: who owns its files, what spawn is told, which command goes before it. */
export type RunAs = { owner?: Account; spawn: Account | Record<string, never>; prefix: string[] }

const accountNamed = (name: string): Account | undefined => {
  const line = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .find((entry) => entry.startsWith(`${name}:`))
  const [, , uid, gid] = line?.split(':') ?? []
  return uid && gid ? { uid: Number(uid), gid: Number(gid) } : undefined
}

const ownerOf = (folder: string): Account | undefined => {
  const found = statSync(folder, { throwIfNoEntry: false })
  return found && found.uid !== 0 ? { uid: found.uid, gid: found.gid } : undefined
}

// Keeps the right to walk through folders closed to others (a checkout under /root) after the user changed.
const setpriv = (owner: Account, right: string): RunAs => ({
  owner,
  spawn: {},
  prefix: [
    'setpriv',
    `--reuid=${owner.uid}`,
    `--regid=${owner.gid}`,
    '--clear-groups',
    `--inh-caps=+${right}`,
    `--ambient-caps=+${right}`,
    // Without it access(2) forgets the right, and PostgreSQL does not find its own programs.
    '--securebits=+no_setuid_fixup',
  ],
})

const works = (runAs: RunAs, folder: string, binaries: Binaries): boolean => {
  const [command = 'sh', ...args] = [...runAs.prefix, 'sh', '-c', 'test -x "$1" && exec "$2" -V', 'sh']
  const options = { env: binaries.env, cwd: '/', ...runAs.spawn }
  return spawnSync(command, [...args, folder, binaries.postgres], options).status === 0
}

/** PostgreSQL refuses root: chooses an unprivileged user that can reach `folder` and the programs; throws when there is none. */
export const chooseRunAs = (folder: string, binaries: Binaries): RunAs => {
  if (process.getuid?.() !== 0) return { spawn: {}, prefix: [] }
  const owner = ownerOf(join(folder, 'data')) ?? accountNamed('postgres') ?? accountNamed('nobody')
  if (!owner) throw new Error('PostgreSQL does not run as root and there is no user postgres or nobody here')
  const ways: RunAs[] = [
    { owner, spawn: owner, prefix: [] },
    setpriv(owner, 'dac_read_search'),
    // Containers often withhold the narrower right.
    setpriv(owner, 'dac_override'),
  ]
  const way = ways.find((runAs) => works(runAs, folder, binaries))
  if (way) return way
  throw new Error(
    `PostgreSQL does not run as root, and user ${owner.uid} cannot reach ${folder} or run ${binaries.postgres}: open the folders above them (chmod o+x) or start as an ordinary user`,
  )
}
