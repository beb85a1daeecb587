import { spawnSync } from 'node:child_process'
import { cp, mkdir, mkdtemp, readdir, rm, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { lstatSync } from 'node:fs'
import { expect, test } from 'vitest'
import { findBinaries } from '../../db/embedded/binaries.ts'
import { createCluster } from '../../db/embedded/create-cluster.ts'

const realNative = async (): Promise<string> => {
  const { postgres } = await findBinaries(join(tmpdir(), 'unused-links'))
  return join(postgres, '..', '..')
}

test('without the links of the install script PostgreSQL runs, also for root in a checkout closed to others', async () => {
  const base = await mkdtemp(join(tmpdir(), 'wasync-links-'))
  const native = join(base, 'package', 'native')
  const real = await realNative()
  await mkdir(native, { recursive: true })
  const isFile = (path: string): boolean => !lstatSync(path).isSymbolicLink()
  for (const name of ['bin', 'lib'])
    await cp(join(real, name), join(native, name), { recursive: true, filter: isFile })
  await cp(join(real, 'pg-symlinks.json'), join(native, 'pg-symlinks.json'))
  await symlink(join(real, 'share'), join(native, 'share'))
  const before = await readdir(join(native, 'lib'))

  const binaries = await findBinaries(join(base, 'pglib'), native)
  expect(spawnSync(binaries.initdb, ['-V']).status).not.toBe(0)
  await createCluster(join(base, 'postgres'), binaries, false)

  expect(await readdir(join(base, 'postgres', 'data'))).toContain('PG_VERSION')
  expect(await readdir(join(native, 'lib'))).toEqual(before)
  await rm(base, { recursive: true, force: true })
})
