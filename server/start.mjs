// Plain JavaScript that every Node since 16 can parse: the one place that can still say "too old" in one line.
import { spawn } from 'node:child_process'
import { existsSync, realpathSync } from 'node:fs'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { resolve } from 'node:path'

const root = fileURLToPath(new URL('..', import.meta.url))
const [entry = 'node.ts', ...args] = process.argv.slice(2)
const entryPath = resolve(root, 'server', entry)

const refuse = (line) => {
  console.error(line)
  process.exit(1)
}

const runsTypeScript = () => {
  const [major, minor] = process.versions.node.split('.').map(Number)
  return (major > 22 || (major === 22 && minor >= 18)) && Boolean(process.features.typescript)
}

// npm's `node` package puts its binary in place by an install script; with scripts off the platform package may be there.
const installedNode = () => {
  const system = process.platform === 'win32' ? 'win' : process.platform
  const file = process.platform === 'win32' ? 'node.exe' : 'node'
  const platforms = ['node', 'node-bin'].map((name) => `${name}-${system}-${process.arch}`)
  const folders = ['node', ...platforms, ...platforms.map((name) => `node/node_modules/${name}`)]
  const paths = folders.map((folder) => resolve(root, 'node_modules', folder, 'bin', file))
  return paths.find((path) => existsSync(path) && realpathSync(path) !== realpathSync(process.execPath))
}

// In a process group of its own, so that Ctrl-C reaches it once: forwarded from here.
const runWith = (node) => {
  const child = spawn(node, [...process.execArgv, fileURLToPath(import.meta.url), entry, ...args], {
    detached: true,
    env: { ...process.env, WASYNC_STARTER: String(process.pid) },
    stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
  })
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal))
  child.once('error', (error) => refuse(`${node} does not start: ${error.message}`))
  child.once('exit', (code, signal) => process.exit(code ?? (signal ? 1 : 0)))
}

const run = async () => {
  if (process.env.WASYNC_STARTER && process.channel) {
    delete process.env.WASYNC_STARTER
    // The starter was killed without a chance to say so: end the same way, as if it had been us.
    process.once('disconnect', () => process.kill(process.pid, 'SIGKILL'))
    process.channel.unref()
  }
  const settings = resolve(root, '.env')
  // The demo and the benchmarks bring their own settings and must never meet those of a real server.
  if (!entry.startsWith('../tests/') && existsSync(settings)) process.loadEnvFile(settings)
  process.argv = [process.execPath, entryPath, ...args]
  try {
    await import(pathToFileURL(entryPath).href)
  } catch (error) {
    const name = /^Cannot find package '([^']+)'/.exec(error?.message ?? '')?.[1]
    if (error?.code !== 'ERR_MODULE_NOT_FOUND' || !name) throw error
    refuse(`The package ${name} is not installed: run npm ci`)
  }
}

if (!existsSync(resolve(root, 'node_modules'))) refuse('The dependencies are not installed: run npm ci')
else if (!existsSync(entryPath)) refuse(`There is no ${entryPath}`)
else if (runsTypeScript()) await run()
else {
  const node = installedNode()
  const advice = 'run npm rebuild node --ignore-scripts=false, or install Node 24 from https://nodejs.org'
  if (node) runWith(node)
  else refuse(`Node 22.18 or newer is needed and this is ${process.versions.node}: ${advice}`)
}
