import { html } from 'hono/html'
import type { Sim } from '../sim.ts'
import { appOf } from '../sim.ts'
import type { Install } from '../state.ts'
import { fullName } from './names.ts'
import { shell, type Html } from './shell.ts'
import type { Viewer } from './viewer.ts'

/** The application's own page: the installer for administrators until it is finished, then the app. */
export function appPage(sim: Sim, viewer: Viewer, install: Install): Html {
  const path = '/devops/app/'
  const title = appOf(sim, install.clientId).code
  if (!install.present) {
    const offer = html`<form class="notice" data-control="begin-install">
      <p>The application is not installed on this portal.</p>
      ${viewer.user.isAdmin ? html`<button class="button primary">Install</button>` : ''}
    </form>`
    return shell(viewer, path, title, offer)
  }
  if (!viewer.user.appAccess)
    return refusal(viewer, path, title, 'You do not have access to this application.')
  if (!install.installed && !viewer.user.isAdmin) {
    const text =
      'The application is not fully installed yet. Ask your administrator to finish the installation.'
    return refusal(viewer, path, title, text)
  }
  return shell(viewer, path, title, frame(install.clientId, 'DEFAULT', { URI: path }))
}

/** `/marketplace/view/<code>/?params[..]`: the REST_APP_URI widget with these params, or else the app page. */
export function marketplacePage(viewer: Viewer, install: Install, params: Record<string, unknown>): Html {
  const bound = install.placements.some((one) => one.placement === 'REST_APP_URI')
  const path = '/devops/app/'
  if (!install.present || !install.installed || !viewer.user.appAccess) {
    return refusal(viewer, path, 'Application', 'This application is not available.')
  }
  return shell(
    viewer,
    path,
    'Application',
    frame(install.clientId, bound ? 'REST_APP_URI' : 'DEFAULT', params),
  )
}

/** A plain page with one sentence. */
export function refusal(viewer: Viewer, path: string, title: string, text: string): Html {
  return shell(viewer, path, title, html`<p class="notice">${text}</p>`)
}

/** The portal's first page: where to go, who is who, and what an administrator can do to the application. */
export function indexPage(viewer: Viewer, install: Install): Html {
  const { portal } = viewer
  const users = portal.users.map((one) => {
    const role = one.isAdmin ? 'administrator' : one.extranet ? 'extranet' : 'employee'
    return html`<tr>
      <td>${fullName(one)}</td>
      <td>${one.active ? role : 'dismissed'}</td>
      <td>${one.appAccess ? 'yes' : 'no'}</td>
    </tr>`
  })
  const status = install.present ? (install.installed ? 'installed' : 'being installed') : 'not installed'
  const content = html`<div class="box">
      <h2>People</h2>
      <table>
        <thead>
          <tr>
            <th>Name</th>
            <th>Role</th>
            <th>May use the application</th>
          </tr>
        </thead>
        <tbody>
          ${users}
        </tbody>
      </table>
    </div>
    <div class="box">
      <h2>Application: ${status}</h2>
      <p><a href="/devops/app/">Open the application</a></p>
      <div class="actions">
        <form data-control="update-app"><button class="button">Update to a new version</button></form>
        <form data-control="uninstall">
          <label><input type="checkbox" name="clean" value="true" /> Delete settings and data</label>
          <button class="button">Uninstall</button>
        </form>
      </div>
    </div>`
  return shell(viewer, '/', 'Portal', content)
}

function frame(clientId: string, placement: string, options: Record<string, unknown>): Html {
  return html`<div class="panel" data-frame="${JSON.stringify({ clientId, placement, options })}"></div>`
}
