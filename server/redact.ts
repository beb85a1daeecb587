const ENDINGS =
  'token|secret|password|authorization|cookie|signature|proof|api[_-]?key|auth[_-]?id|refresh[_-]?id'
const WORDS = 'auth|code|pin|sign'

const SECRET_NAME = new RegExp(`^(?:.*(?:${ENDINGS})|${WORDS})$`, 'i')

/** Whether a field, header or query name holds a secret. */
export const isSecretKey = (name: string): boolean => SECRET_NAME.test(name)

const MASK = '***'
const VALUE = `"[^"]*"|'[^']*'|(?:(?:bearer|basic)\\s+)?[^\\s&,;"'}]+`
const PAIR = new RegExp(`([\\w-]*(?:${ENDINGS})|\\b(?:${WORDS}))(["']?\\s*[=:]\\s*)(?:${VALUE})`, 'gi')
const RULES: [RegExp, string][] = [
  [PAIR, `$1$2${MASK}`],
  // drizzle-orm appends the values of a failed query to its message.
  [/\bparams:[\s\S]*/, `params: ${MASK}`],
  [/(\w+:\/\/)[^\s/@]+@/g, `$1${MASK}@`],
  [/\b(bearer|basic)\s+[\w.~+/=-]+/gi, `$1 ${MASK}`],
  [/\beyJ[\w-]+\.[\w-]+\.[\w-]*/g, MASK],
  [/\bwamid\.[\w+/=-]+/g, MASK],
  [/\bEAA[A-Za-z0-9]{8,}/g, MASK],
  // Parsers quote the text they stumbled over, and that text may be a message.
  [/"[^"\n]*"/g, `"${MASK}"`],
  [/\+?\d(?:[\s().-]{0,2}\d){6,}/g, MASK],
]

/** Masks secrets, quoted text and anything like a phone number in a free text, such as an error's message. */
export const redact = (text: string): string =>
  RULES.reduce((masked, [pattern, by]) => masked.replace(pattern, by), text)
