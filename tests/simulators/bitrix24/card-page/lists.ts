import { html } from 'hono/html'
import { canRead } from '../rights.ts'
import type { EntityType } from '../state.ts'
import { recordName, userName } from './names.ts'
import { shell, type Html } from './shell.ts'
import { counterOf } from './timeline.ts'
import type { Viewer } from './viewer.ts'

const titles: Record<EntityType, string> = {
  contact: 'Contacts',
  lead: 'Leads',
  deal: 'Deals',
  company: 'Companies',
}

/** The records of a type that this user may read, newest first. */
export function listPage(viewer: Viewer, type: EntityType): Html {
  const records = viewer.portal.records.filter((one) => one.type === type && canRead(viewer.user, one))
  const rows = records.toReversed().map((record) => {
    const counter = counterOf(viewer, record)
    return html`<tr>
      <td>
        <a href="/crm/${type}/details/${record.id}/">${recordName(record)}</a>
        ${counter ? html`<span class="badge">${counter}</span>` : ''}
      </td>
      <td>${record.fm.find((one) => one.typeId === 'PHONE')?.value ?? ''}</td>
      <td class="wide">${userName(viewer.portal, record.assignedById)}</td>
    </tr>`
  })
  const table = html`<table>
    <thead>
      <tr>
        <th>Name</th>
        <th>Phone</th>
        <th class="wide">Responsible person</th>
      </tr>
    </thead>
    <tbody>
      ${rows}
    </tbody>
  </table>`
  const content = rows.length > 0 ? table : html`<p class="notice">No records that you may see.</p>`
  return shell(viewer, `/crm/${type}/list/`, titles[type], content)
}
