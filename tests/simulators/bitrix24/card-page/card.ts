import { html, raw } from 'hono/html'
import { canRead } from '../rights.ts'
import { stageSemantics } from '../rest/item-shape.ts'
import type { CrmRecord, PlacementBinding } from '../state.ts'
import { recordName, userName, widgetTitle } from './names.ts'
import { shell, type Html } from './shell.ts'
import { counterOf, timelineHtml } from './timeline.ts'
import type { Viewer } from './viewer.ts'

interface Tab {
  binding: PlacementBinding
  clientId: string
}

/** The card of a record: General with fields and timeline, then the tabs of applications, opened lazily. */
export function cardPage(viewer: Viewer, record: CrmRecord, activeTab: string | undefined): Html {
  const path = `/crm/${record.type}/details/${record.id}/`
  const tabs = tabsOf(viewer, record)
  const counter = counterOf(viewer, record)
  const general = html`<button role="tab" aria-selected="true" aria-controls="panel-general">General</button>`
  const buttons = tabs.map((tab, index) => {
    const options = { ID: String(record.id), URI: path }
    const request = JSON.stringify({
      clientId: tab.clientId,
      placement: tab.binding.placement,
      handler: tab.binding.handler,
      options,
    })
    return html`<button
      role="tab"
      aria-selected="false"
      aria-controls="panel-${index}"
      data-request="${request}"
      ${activeTab === String(index) ? raw('data-active') : ''}
    >
      ${widgetTitle(tab.binding, viewer.lang)}
    </button>`
  })
  const panels = tabs.map(
    (_, index) => html`<div class="panel" role="tabpanel" id="panel-${index}" hidden></div>`,
  )
  const content = html`<div class="tabs" role="tablist">${general}${buttons}</div>
    <div class="panel plain" role="tabpanel" id="panel-general">
      <div class="columns">
        <section class="box" aria-label="Fields">${fields(viewer, record)}</section>
        <section aria-label="Timeline">
          <div class="box composer">
            Comment · Call · Task
            <span id="counter" class="badge" ${counter ? '' : raw('hidden')}>${counter || ''}</span>
          </div>
          <div
            id="timeline"
            data-type="${record.type}"
            data-id="${record.id}"
            data-revision="${viewer.portal.revision}"
          >
            ${timelineHtml(viewer, record)}
          </div>
        </section>
      </div>
    </div>
    ${panels}`
  return shell(viewer, path, recordName(record), content)
}

/** Tabs that applications show this user in this card; none before an installation is finished. */
function tabsOf({ portal, user }: Viewer, record: CrmRecord): Tab[] {
  const code = `CRM_${record.type.toUpperCase()}_DETAIL_TAB`
  if (!user.appAccess) return []
  return portal.installs
    .filter((install) => install.present && install.installed)
    .flatMap(({ clientId, placements }) =>
      placements.filter((one) => one.placement === code).map((binding) => ({ binding, clientId })),
    )
}

function fields(viewer: Viewer, record: CrmRecord): Html {
  const { portal } = viewer
  const contacts = record.contactIds.map((id) => linked(viewer, 'contact', id))
  const company = record.companyId ? [linked(viewer, 'company', record.companyId)] : []
  const stage = { P: 'In progress', S: 'Won', F: 'Lost' }[stageSemantics(record)]
  const rows: [string, Html | string | Html[]][] = [
    ['Name', recordName(record)],
    ...record.fm.map((one): [string, string] => [one.typeId === 'PHONE' ? 'Phone' : 'E-mail', one.value]),
    ...(record.post ? [['Position', record.post] satisfies [string, string]] : []),
    ...(record.type === 'deal'
      ? [['Amount', `${record.opportunity} ${record.currencyId}`] satisfies [string, string]]
      : []),
    ...(record.stageId ? [['Stage', `${stage} (${record.stageId})`] satisfies [string, string]] : []),
    ...(contacts.length > 0 ? [['Contact', contacts] satisfies [string, Html[]]] : []),
    ...(company.length > 0 ? [['Company', company] satisfies [string, Html[]]] : []),
    ['Responsible person', userName(portal, record.assignedById)],
  ]
  const list = rows.map(
    ([name, value]) =>
      html`<dt>${name}</dt>
        <dd>${value}</dd>`,
  )
  return html`<h2>About the ${record.type}</h2>
    <dl>${list}</dl>`
}

function linked({ portal, user }: Viewer, type: 'contact' | 'company', id: number): Html {
  const record = portal.records.find((one) => one.type === type && one.id === id)
  if (!record || !canRead(user, record)) return html`Hidden ${type} `
  return html`<a href="/crm/${type}/details/${id}/">${recordName(record)}</a> `
}
