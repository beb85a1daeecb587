import { randomBytes } from 'node:crypto'

const MARK = { out: 0x11, in: 0x12 } as const
const HEX_LENGTH = { out: 18, in: 20 } as const

/** A message id laid out as WhatsApp's: base64 around the user's digits, a direction byte and a random hex id. */
export const makeWamid = (userDigits: string, direction: 'in' | 'out', hex?: string): string => {
  const digits = Buffer.from(userDigits.slice(0, 60), 'latin1')
  const id = hex ?? randomBytes(10).toString('hex').toUpperCase().slice(0, HEX_LENGTH[direction])
  const bytes = Buffer.concat([
    Buffer.from([0x1c, 0x18, digits.length]),
    digits,
    Buffer.from([0x15, 0x02, 0x00, MARK[direction], 0x18, id.length]),
    Buffer.from(id, 'latin1'),
    Buffer.from([0x00]),
  ])
  return `wamid.${bytes.toString('base64')}`
}
