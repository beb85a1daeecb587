// Before the tests: a browser and the built widget, or one line that says what is missing.
import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, statSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = resolve(dirname(fileURLToPath(import.meta.url)), '..')

const refuse = (line) => {
  console.error(line)
  process.exit(1)
}

const run = (command, args) =>
  spawnSync(command, args, {
    cwd: root,
    encoding: 'utf8',
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
  })

const lastLine = ({ error, stderr, stdout }) =>
  error?.message ?? (stderr.trim() || stdout.trim()).split('\n').at(-1) ?? ''

const installChromium = () => {
  if (!existsSync('/etc/debian_version') || process.getuid?.() !== 0) {
    refuse(
      'Chromium is missing: install it (Debian: sudo apt-get install -y chromium) and run npm test again',
    )
  }
  console.log('Installing Chromium for the browser tests (apt-get install chromium)')
  for (const args of [['update'], ['install', '-y', 'chromium']]) {
    const result = run('apt-get', args)
    if (result.status !== 0) {
      refuse(`Chromium is missing and apt-get ${args[0]} failed: ${lastLine(result)}`)
    }
  }
}

const newestIn = (path) => {
  const found = statSync(path, { throwIfNoEntry: false })
  if (!found) return 0
  if (!found.isDirectory()) return found.mtimeMs
  return Math.max(0, ...readdirSync(path).map((name) => newestIn(resolve(path, name))))
}

const GENERATED = ['dist', 'auto-imports.d.ts', 'components.d.ts', 'node_modules', '.vite']

const isWidgetStale = () => {
  const widget = resolve(root, 'widget')
  const sources = readdirSync(widget).filter((name) => !GENERATED.includes(name))
  const paths = [...sources.map((name) => resolve(widget, name)), resolve(root, 'server/contract.ts')]
  const built = newestIn(resolve(widget, 'dist', '.vite', 'manifest.json'))
  return built < Math.max(...paths.map(newestIn))
}

const buildWidget = () => {
  console.log('Building the widget')
  const vite = resolve(root, 'node_modules/vite/bin/vite.js')
  const result = run(process.execPath, [vite, 'build', '--config', 'widget/vite.config.ts'])
  if (result.status !== 0) refuse(`${result.stdout}${result.stderr}\nThe widget does not build`)
}

if (!process.features.typescript) {
  refuse(`The tests need Node 24 and this is ${process.versions.node}: run npm ci with install scripts on`)
}
const { findChromium } = await import('./support/find-chromium.ts')
if (!findChromium()) installChromium()
if (!findChromium()) refuse('Chromium is missing: apt-get installed no usable one; install it by hand')
if (isWidgetStale()) buildWidget()
