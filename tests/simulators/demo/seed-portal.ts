import type { Bitrix24, Portal } from '../bitrix24/app.ts'

/** The people of the demo: the administrator, a rep who reads everything, and one who reads only what is his. */
export const USERS = { admin: 1, repA: 2, repB: 3 } as const

export const PEOPLE = [
  { name: 'Elena', lastName: 'Marinescu', phone: '+40722000101' },
  { name: 'Tomasz', lastName: 'Nowak', phone: '+48512000102' },
  { name: 'Ines', lastName: 'Ferreira', phone: '+351912000103' },
  { name: 'Amir', lastName: 'Haddad', phone: '+971502000104' },
  { name: 'Sofia', lastName: 'Lindgren', phone: '+46702000105' },
  { name: 'Lucas', lastName: 'Oliveira', phone: '+5511912000106' },
  { name: 'Anna', lastName: 'Petrova', phone: '+37369200107' },
  { name: 'Marco', lastName: 'Conti', phone: '+393332000108' },
] as const

/** Fills a fresh portal: users with different rights, a company, contacts, a lead and deals. */
export function seedPortal(bitrix: Bitrix24, origin: string): Portal {
  const portal = bitrix.addPortal({ origin })
  const all = { read: 'all', write: 'all' } as const
  const own = { read: 'own', write: 'own' } as const
  const every = <T>(right: T) => ({ contact: right, lead: right, deal: right, company: right })
  portal.addUser({ id: USERS.admin, name: 'Irina', lastName: 'Rusu', isAdmin: true, rights: every(all) })
  portal.addUser({ id: USERS.repA, name: 'Daniel', lastName: 'Okafor', rights: every(all) })
  portal.addUser({ id: USERS.repB, name: 'Mihai', lastName: 'Popa', rights: every(own) })
  const company = portal.addCompany({ title: 'Lindgren Interiors', assignedById: USERS.repA })
  const contacts = PEOPLE.map(({ name, lastName, phone }, index) =>
    portal.addContact({
      ...{ name, lastName, phones: [phone] },
      assignedById: index === 7 ? USERS.repB : USERS.repA,
      ...(index === 4 ? { companyId: company.id } : {}),
    }),
  )
  const deals = ['Kitchen, oak front', 'Office chairs', 'Shop fitting', 'Wardrobe'] as const
  deals.forEach((title, index) => {
    const contactId = contacts[index]?.id
    portal.addDeal({ title, assignedById: USERS.repA, ...(contactId ? { contactId } : {}) })
  })
  portal.addLead({
    title: 'Call back: terrace',
    name: 'Unknown',
    phones: ['+40722000199'],
    assignedById: USERS.repA,
  })
  return portal
}
