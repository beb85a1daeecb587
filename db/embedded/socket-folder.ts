import { chownSync, existsSync, mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { Launch } from './run-program.ts'

// What sun_path holds is 108 bytes on Linux and 104 elsewhere, with the name of the socket and a zero.
const MAX_PATH_BYTES = 103

const socketIn = (folder: string, port: number | string): string => join(folder, `.s.PGSQL.${port}`)

/** Makes the folder for the server's Unix socket, empty; null where the system or the length of its path allows none. */
export const prepareSocketFolder = ({ folder, runAs }: Launch): string | null => {
  const path = join(folder, 'socket')
  const tooLong = Buffer.byteLength(socketIn(path, '65535.lock')) > MAX_PATH_BYTES
  if (process.platform === 'win32' || tooLong || /["\n]/.test(path)) return null
  // What a killed server left would be believed as long as any process carries its number.
  rmSync(path, { recursive: true, force: true })
  mkdirSync(path, { mode: 0o711 })
  if (runAs.owner) chownSync(path, runAs.owner.uid, runAs.owner.gid)
  return path
}

/** The folder of the running server's Unix socket; null when it has none. */
export const findSocketFolder = (folder: string, port: number): string | null => {
  const path = join(folder, 'socket')
  return existsSync(socketIn(path, port)) ? path : null
}
