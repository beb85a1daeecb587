import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const ROOT = fileURLToPath(new URL('../../../widget/', import.meta.url))

/** Where the built widget lies. */
export const WIDGET_DIST = `${ROOT}dist/`

/** Builds the widget unless a build is there. Throws an Error with one line when the builder is not installed. */
export async function ensureWidget(): Promise<void> {
  if (existsSync(`${WIDGET_DIST}.vite/manifest.json`)) return
  const vite = await import('vite').catch(() => undefined)
  if (!vite)
    throw new Error(
      'The widget is not built and the dev packages are not installed: run npm ci and npm run build',
    )
  await vite.build({ configFile: `${ROOT}vite.config.ts`, logLevel: 'error' })
}
