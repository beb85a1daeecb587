import { html, raw } from 'hono/html'
import { asList, asMap } from '../rest/params.ts'
import type { Activity, EntityRef } from '../state.ts'
import { translate } from './names.ts'
import type { Html } from './shell.ts'

export interface ActivityView {
  activity: Activity
  /** The record whose card shows it. */
  card: EntityRef
  lang: string
  author: string
}

/** A configurable activity as the timeline draws it. */
export function activityItem(view: ActivityView): Html {
  const { activity, lang } = view
  const layout = asMap(activity.layout)
  const header = asMap(layout['header'])
  const blocks = Object.values(asMap(asMap(layout['body'])['blocks']))
  const buttons = Object.values(asMap(asMap(layout['footer'])['buttons'])).map(asMap)
  const waits = activity.fields.isIncomingChannel && !activity.fields.completed
  return html`<article
    class="item ${activity.fields.isIncomingChannel ? 'incoming' : ''}"
    data-activity="${activity.id}"
    data-revision="${activity.revision}"
  >
    <span class="icon" aria-hidden="true">${String(asMap(layout['icon'])['code'] ?? '').slice(0, 2)}</span>
    <div class="body">
      <header>
        <strong>${clickable(view, translate(header['title'], lang), header['titleAction'])}</strong>
        ${Object.values(asMap(header['tags'])).map((tag) => tagHtml(asMap(tag), lang))}
        ${waits ? html`<span class="badge" title="Waiting for an answer">1</span>` : ''}
        <time datetime="${new Date(activity.updatedAt).toISOString()}">${time(activity.updatedAt)}</time>
      </header>
      ${blocks.map((block) => html`<div>${blockHtml(view, asMap(block))}</div>`)}
      ${buttons.map((button) => buttonHtml(view, button))}
    </div>
  </article>`
}

function time(ms: number): string {
  return new Date(ms).toISOString().slice(0, 16).replace('T', ' ')
}

function tagHtml(tag: Record<string, unknown>, lang: string): Html {
  return html`<span class="tag ${String(tag['type'])}">${translate(tag['title'], lang)}</span>`
}

function blockHtml(view: ActivityView, block: Record<string, unknown>): Html {
  const properties = asMap(block['properties'])
  const look = [
    properties['bold'] && String(properties['bold']) !== 'false' ? 'bold' : '',
    `size-${String(properties['size'] ?? 'md')}`,
    `color-${String(properties['color'] ?? 'base_90')}`,
  ].join(' ')
  switch (block['type']) {
    case 'text':
      return html`<span class="${look}">${lines(properties, view.lang)}</span>`
    case 'largeText':
      return html`<p style="white-space: pre-line">${translate(properties['value'], view.lang)}</p>`
    case 'link': {
      const link = clickable(view, translate(properties['text'], view.lang), properties['action'])
      return html`<span class="${look}">${link}</span>`
    }
    case 'withTitle': {
      const inner = blockHtml(view, asMap(properties['block']))
      return html`<p class="titled"><span>${translate(properties['title'], view.lang)}:</span> ${inner}</p>`
    }
    case 'lineOfBlocks':
      return html`<p>${asList(properties['blocks']).map((one) => html`${blockHtml(view, asMap(one))} `)}</p>`
    default:
      return html``
  }
}

function lines(properties: Record<string, unknown>, lang: string): Html | string {
  const text = translate(properties['value'], lang)
  if (!properties['multiline'] || String(properties['multiline']) === 'false') return text
  return html`${text.split('\n').map((line, index) => html`${index > 0 ? raw('<br />') : ''}${line}`)}`
}

function buttonHtml(view: ActivityView, button: Record<string, unknown>): Html {
  const title = translate(button['title'], view.lang)
  const action = asMap(button['action'])
  const kind = button['type'] === 'primary' ? 'button primary' : 'button'
  if (action['type'] === 'redirect')
    return html`<a class="${kind}" href="${String(action['uri'])}">${title}</a> `
  const open = action['type'] === 'openRestApp' ? openAppData(view, action) : undefined
  return html`<button type="button" class="${kind}" ${open ? attribute(open) : raw('disabled')}>
    ${title}
  </button> `
}

function clickable(view: ActivityView, text: string, given: unknown): Html | string {
  const action = asMap(given)
  if (action['type'] === 'redirect') return html`<a href="${String(action['uri'])}">${text}</a>`
  if (action['type'] !== 'openRestApp') return text
  return html`<a href="#" ${attribute(openAppData(view, action))}>${text}</a>`
}

/** What the slider of openRestApp gets: actionParams and where the activity was clicked. */
function openAppData({ activity, card }: ActivityView, action: Record<string, unknown>): string {
  const { entityTypeId, entityId } = card
  const options = { ...asMap(action['actionParams']), entityTypeId, entityId, activityId: activity.id }
  const settings = asMap(action['sliderParams'])
  return JSON.stringify({ clientId: activity.clientId, options, settings })
}

function attribute(data: string): Html {
  return html`data-open-app="${data}"`
}
