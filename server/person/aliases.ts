import type { Sender } from '../whatsapp/delivery-events.ts'

export type AliasKind = 'phone' | 'wa_id' | 'bsuid' | 'parent_bsuid'
export type Alias = { kind: AliasKind; value: string }

/** The key of an alias in a map. */
export const aliasKey = ({ kind, value }: Alias): string => `${kind}:${value}`

/** What a payload calls somebody, phone routing first, then user ids; phones in every form WhatsApp uses for them. */
export function aliasesOf(sender: Pick<Sender, 'phone' | 'waId' | 'bsuid' | 'parentBsuid'>): Alias[] {
  const found: Alias[] = []
  if (sender.waId) found.push({ kind: 'wa_id', value: sender.waId })
  if (sender.phone) {
    for (const value of phoneForms(sender.phone)) found.push({ kind: 'phone', value })
  }
  if (sender.bsuid) found.push({ kind: 'bsuid', value: sender.bsuid })
  if (sender.parentBsuid) found.push({ kind: 'parent_bsuid', value: sender.parentBsuid })
  return found
}

// National rules by which a dialled mobile number and its WhatsApp id differ in one digit (whatsapp-cloud-api: wa_id and
// phone can differ): Brazil's ninth digit, Mexico's and Argentina's digit after the country code.
const FORMS: readonly [form: RegExp, other: string][] = [
  [/^(55\d{2})9(\d{8})$/, '$1$2'],
  [/^(55\d{2})([6-9]\d{7})$/, '$19$2'],
  [/^521(\d{10})$/, '52$1'],
  [/^52(\d{10})$/, '521$1'],
  [/^549(\d{10})$/, '54$1'],
  [/^54(\d{10})$/, '549$1'],
]

/** A phone (digits) and the other form WhatsApp may know it by. */
export function phoneForms(digits: string): string[] {
  const rule = FORMS.find(([form]) => form.test(digits))
  return rule ? [digits, digits.replace(rule[0], rule[1])] : [digits]
}
