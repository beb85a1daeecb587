import { html, raw } from 'hono/html'
import type { HtmlEscapedString } from 'hono/utils/html'
import type { Viewer } from './viewer.ts'

export type Html = HtmlEscapedString | Promise<HtmlEscapedString>

const menu = [
  ['/crm/contact/list/', 'Contacts'],
  ['/crm/lead/list/', 'Leads'],
  ['/crm/deal/list/', 'Deals'],
  ['/crm/company/list/', 'Companies'],
  ['/devops/app/', 'WhatsApp app'],
  ['/', 'Portal'],
] as const

/** A page of the portal: top bar with the switchers, menu, content. */
export function shell(viewer: Viewer, path: string, title: string, content: Html): Html {
  const { portal, user, lang, bare } = viewer
  const top = html`<div class="top">
    <strong>${new URL(portal.origin).hostname} <b>CRM</b></strong>
    <div class="switch">
      <label for="user">User</label>
      <select id="user">
        ${portal.users
          .filter((one) => one.active)
          .map((one) => option(String(one.id), `${one.name} ${one.lastName}`.trim(), one.id === user.id))}
      </select>
      <label for="lang">Language</label>
      <select id="lang">
        ${portal.languages.map((one) => option(one, one, one === lang))}
      </select>
    </div>
  </div>`
  const links = menu.map(
    ([href, text]) => html`<a href="${href}" ${path === href ? raw('aria-current="page"') : ''}>${text}</a>`,
  )
  return html`<!doctype html>
    <html lang="${lang}">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <link rel="icon" href="data:," />
        <title>${title}</title>
        <link rel="stylesheet" href="/_portal/portal.css" />
        <link rel="stylesheet" href="/_portal/card.css" />
      </head>
      <body>
        ${bare ? '' : top}
        <div class="shell">
          ${bare ? '' : html`<nav class="menu" aria-label="Portal">${links}</nav>`}
          <main>
            <h1 id="pagetitle">${title}</h1>
            ${content}
          </main>
        </div>
        <script src="/_portal/frame-parent.js"></script>
        <script src="/_portal/portal-page.js"></script>
      </body>
    </html>`
}

function option(value: string, text: string, selected: boolean): Html {
  return html`<option value="${value}" ${selected ? raw('selected') : ''}>${text}</option>`
}
