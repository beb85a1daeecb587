import { readFileSync } from 'node:fs'
import type { WidgetBuild } from '#placements/shell.ts'
import { WIDGET_DIST } from './build-widget.ts'

let known: WidgetBuild | undefined

/** The build of the widget, read once. Throws when there is none; the server builds it before it listens. */
export function readWidget(): WidgetBuild {
  known ??= { manifest: JSON.parse(readFileSync(`${WIDGET_DIST}.vite/manifest.json`, 'utf8')) }
  return known
}
