import { expect, test } from 'vitest'
import { renderShell, shellPolicy, type WidgetBuild } from '#placements/shell.ts'

const build: WidgetBuild = {
  manifest: {
    'src/tab.ts': { file: 'assets/tab.js', css: ['assets/tab.css'], imports: ['_vue.js', '_shared.js'] },
    '_vue.js': { file: 'assets/vue.js', imports: ['_shared.js'] },
    '_shared.js': {
      file: 'assets/shared.js',
      css: ['assets/shared.css', 'assets/tab.css'],
      imports: ['_vue.js'],
    },
    'src/app.ts': { file: 'assets/app.js' },
    'src/ask-ahead.ts': { file: 'assets/ahead.js' },
    'src/i18n/ru.ts': { file: 'assets/ru.js' },
    'src/i18n/ro.ts': { file: 'assets/ro.js' },
  },
}
const look = { language: 'ru', nonce: 'n0nce' }

test('a tab loads its entry, preloads what it imports and its language, and each style once', () => {
  const html = renderShell(build, { code: 'c', page: 'contact-tab' }, look)
  expect(html).toContain('<html lang="ru">')
  expect(html).toContain('<script type="module" src="/assets/tab.js" nonce="n0nce">')
  const preloads = [...html.matchAll(/rel="modulepreload" href="([^"]+)"/g)].map((match) => match[1])
  expect(preloads.sort()).toEqual(['/assets/ru.js', '/assets/shared.js', '/assets/vue.js'])
  expect(html.match(/rel="stylesheet" href="([^"]+)"/g)).toHaveLength(2)
})

test('what is asked for ahead is asked by the first script, behind the boot data it reads', () => {
  const html = renderShell(build, { code: 'c', page: 'contact-tab' }, look)
  const [boot, ahead, preload] = ['id="boot"', 'src="/assets/ahead.js" nonce="n0nce"', 'modulepreload'].map(
    (text) => html.indexOf(text),
  )
  expect(boot).toBeGreaterThan(0)
  expect(ahead).toBeGreaterThan(boot ?? 0)
  expect(preload).toBeGreaterThan(ahead ?? 0)
})

test('the app and the installer start from the app bundle, a thread from the tab', () => {
  const entry = (page: 'app' | 'install' | 'thread') => renderShell(build, { code: 'c', page }, look)
  expect(entry('app')).toContain('src="/assets/app.js"')
  expect(entry('install')).toContain('src="/assets/app.js"')
  expect(entry('thread')).toContain('src="/assets/tab.js"')
})

test('nothing in the boot data can end its script element', () => {
  const html = renderShell(build, { code: '</script><script>alert(1)', page: 'app' }, look)
  expect(html.match(/<script/g)).toHaveLength(3)
  const boot = /id="boot">(.*?)<\/script>/.exec(html)?.[1] ?? ''
  expect(JSON.parse(boot)).toEqual({ code: '</script><script>alert(1)', page: 'app' })
})

test('the policy names the nonce and the one frame', () => {
  expect(shellPolicy('n0nce', 'https://portal.example').split('; ')).toEqual([
    "default-src 'none'",
    "script-src 'nonce-n0nce' 'strict-dynamic'",
    "style-src 'self' 'nonce-n0nce'",
    "connect-src 'self'",
    "img-src 'self' data: blob:",
    "font-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    'frame-ancestors https://portal.example',
  ])
})
