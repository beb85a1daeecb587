import { readRights, type RightsInput } from '../rights.ts'
import type { Sim } from '../sim.ts'
import { nextId, userOf } from '../sim.ts'
import type { PortalState, User } from '../state.ts'

export interface UserInput {
  id?: number
  name: string
  lastName?: string
  isAdmin?: boolean
  appAccess?: boolean
  extranet?: boolean
  lang?: string
  position?: string
  rights?: RightsInput
}

export interface People {
  addUser(input: UserInput): User
  setRights(userId: number | string, rights: RightsInput): void
  /** Changes role, access to the application, language or name. */
  changeUser(userId: number | string, change: Partial<Omit<User, 'id' | 'rights'>>): void
  dismissUser(userId: number | string): void
}

/** What happens to the people of a portal. */
export function peopleOf(sim: Sim, portal: PortalState): People {
  const changeUser: People['changeUser'] = (userId, change) => {
    Object.assign(userOf(portal, Number(userId)), change)
    sim.touch()
  }
  return {
    addUser(input) {
      const id = input.id ?? nextId(portal, 'user')
      portal.counters['user'] = Math.max(portal.counters['user'] ?? 0, id)
      const { name, lastName = '', isAdmin = false, appAccess = true, extranet = false } = input
      const { lang = portal.lang, position = '', rights } = input
      const about = { id, name, lastName, isAdmin, appAccess, extranet, lang, position, active: true }
      const user: User = { ...about, rights: readRights(rights) }
      portal.users.push(user)
      sim.touch()
      return user
    },
    setRights(userId, rights) {
      userOf(portal, Number(userId)).rights = readRights(rights)
      portal.revision += 1
      sim.touch()
    },
    changeUser,
    dismissUser: (userId) => changeUser(userId, { active: false }),
  }
}
