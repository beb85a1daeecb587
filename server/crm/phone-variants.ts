import { parsePhoneNumberFromString, type CountryCode } from 'libphonenumber-js/min'

const LIMIT = 20
const MX_MOBILE = /^521(\d{10})$/
const MX_PLAIN = /^52(\d{10})$/
const AR_MOBILE = /^549(\d{10})$/
const AR_PLAIN = /^54(\d{10})$/
const BR_NINE = /^55(\d{2})9(\d{8})$/
const BR_PLAIN = /^55(\d{2})(\d{8})$/

/** The number as +E.164, or null when it is none. Numbers without a country code need `country`. */
export function internationalPhone(text: string, country?: CountryCode): string | null {
  const withPlus = /^\s*00/.test(text) ? text.replace(/^\s*00/, '+') : text
  const parsed =
    parsePhoneNumberFromString(withPlus, country) ?? parsePhoneNumberFromString(`+${digitsOf(text)}`)
  return parsed?.isPossible() ? parsed.number : null
}

/**
 * How a CRM may have written this number (digits with country code): international, national, bare, and the forms WhatsApp's own id
 * differs from (Brazil's ninth digit, Mexico 52/521, Argentina 54/549). At most 20, the limit of crm.duplicate.findbycomm.
 */
export function phoneVariants(phone: string): string[] {
  const forms = [digitsOf(phone), ...siblings(digitsOf(phone))]
  const variants = forms.flatMap((digits) => {
    const parsed = parsePhoneNumberFromString(`+${digits}`)
    const national = parsed
      ? [parsed.formatNational(), digitsOf(parsed.formatNational()), parsed.formatInternational()]
      : []
    return [`+${digits}`, digits, ...national]
  })
  return [...new Set(variants)].slice(0, LIMIT)
}

function siblings(digits: string): string[] {
  const made = [
    digits.replace(MX_MOBILE, '52$1'),
    digits.replace(MX_PLAIN, '521$1'),
    digits.replace(AR_MOBILE, '54$1'),
    digits.replace(AR_PLAIN, '549$1'),
    digits.replace(BR_NINE, '55$1$2'),
    digits.replace(BR_PLAIN, '55$19$2'),
  ]
  return made.filter((form) => form !== digits)
}

const digitsOf = (text: string): string => text.replaceAll(/\D/g, '')
