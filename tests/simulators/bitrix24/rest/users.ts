import type { User } from '../state.ts'
import type { MethodGroup } from './call.ts'
import { pageOf } from './call.ts'
import { RestError } from './errors.ts'
import { asList, asMap } from './params.ts'

const SCOPE = 'user|user_basic|user_brief'

/** Who the user is, and who the others are (fields of the `user_brief` scope). */
export const userMethods: MethodGroup = {
  profile: {
    scope: null,
    run: ({ user }) => ({
      ID: String(user.id),
      ADMIN: user.isAdmin,
      NAME: user.name,
      LAST_NAME: user.lastName,
      PERSONAL_GENDER: '',
      TIME_ZONE: '',
    }),
  },
  'user.admin': { scope: null, run: ({ user }) => user.isAdmin },
  'user.current': { scope: SCOPE, run: ({ user }) => brief(user) },
  'user.get': {
    scope: SCOPE,
    run({ portal, user, params }) {
      if (user.extranet) throw new RestError(403, 'ACCESS_DENIED', 'Access denied!')
      const filter = { ...asMap(params.any('filter')), ...idOf(params.any('id')) }
      const wanted = Object.entries(filter).map(([key, value]): [string, string[]] => [
        key.toUpperCase().replace(/^@/, ''),
        asList(value).map(String),
      ])
      const shown = portal.users.filter((one) => {
        const fields: Record<string, unknown> = { ...brief(one), ACTIVE: one.active ? 'true' : 'false' }
        return wanted.every(([key, values]) => !(key in fields) || values.includes(String(fields[key])))
      })
      return pageOf(shown.map(brief), params.any('start'))
    },
  },
}

function idOf(id: unknown): Record<string, unknown> {
  return id === undefined ? {} : { ID: id }
}

function brief(user: User): Record<string, unknown> {
  return {
    ID: String(user.id),
    ACTIVE: user.active,
    NAME: user.name,
    LAST_NAME: user.lastName,
    SECOND_NAME: '',
    WORK_POSITION: user.position,
    UF_DEPARTMENT: user.extranet ? [] : [1],
    USER_TYPE: user.extranet ? 'extranet' : 'employee',
  }
}
