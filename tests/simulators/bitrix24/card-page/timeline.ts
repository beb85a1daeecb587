import { html } from 'hono/html'
import { entityTypeIds, type Activity, type CrmRecord, type EntityRef } from '../state.ts'
import { activityItem } from './activity.ts'
import { userName } from './names.ts'
import type { Html } from './shell.ts'
import type { Viewer } from './viewer.ts'

/** Activities bound to a record. */
export function activitiesOf(viewer: Viewer, record: CrmRecord): Activity[] {
  const card = refOf(record)
  return viewer.portal.activities.filter((activity) => activity.bindings.some((ref) => same(ref, card)))
}

/** How many incoming activities wait for an answer: the red number on the card. */
export function counterOf(viewer: Viewer, record: CrmRecord): number {
  const open = activitiesOf(viewer, record).filter(
    (one) => one.fields.isIncomingChannel && !one.fields.completed,
  )
  return open.length
}

/** The timeline of a record, newest change first. */
export function timelineHtml(viewer: Viewer, record: CrmRecord): Html {
  const { portal, lang } = viewer
  const card = refOf(record)
  const activities = activitiesOf(viewer, record).map((activity) => ({
    at: activity.updatedAt,
    body: activityItem({ activity, card, lang, author: userName(portal, activity.authorId) }),
  }))
  const entries = portal.timeline
    .filter((entry) => same(entry.owner, card))
    .map((entry) => ({
      at: entry.createdAt,
      body: entryHtml(entry.title || userName(portal, entry.authorId), entry.text),
    }))
  const created = {
    at: record.createdAt,
    body: entryHtml('Record created', userName(portal, record.createdBy)),
  }
  const all = [...activities, ...entries, created].toSorted((a, b) => b.at - a.at)
  return html`${all.map((one) => one.body)}`
}

function entryHtml(title: string, text: string): Html {
  return html`<article class="item">
    <span class="icon" aria-hidden="true">i</span>
    <div class="body">
      <header><strong>${title}</strong></header>
      <p style="white-space: pre-line">${text}</p>
    </div>
  </article>`
}

function refOf(record: CrmRecord): EntityRef {
  return { entityTypeId: entityTypeIds[record.type], entityId: record.id }
}

function same(a: EntityRef, b: EntityRef): boolean {
  return a.entityTypeId === b.entityTypeId && a.entityId === b.entityId
}
