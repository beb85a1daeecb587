/** Field names whose value is a secret or a person's own, in any spelling. */
export const SECRET_KEYS = [
  'accesstoken',
  'apikey',
  'applicationtoken',
  'appsecret',
  'appsecretproof',
  'auth',
  'authid',
  'authorization',
  'bearer',
  'bootcode',
  'clientsecret',
  'code',
  'cookie',
  'hubverifytoken',
  'password',
  'pin',
  'refreshid',
  'refreshtoken',
  'secret',
  'signature',
  'token',
  'verifytoken',
] as const

const secretKeys: ReadonlySet<string> = new Set(SECRET_KEYS)

/** Whether a field, header or query name holds a secret. */
export const isSecretKey = (name: string): boolean =>
  secretKeys.has(name.toLowerCase().replaceAll(/[^a-z]/g, ''))

const MASK = '***'
const PAIR = /([A-Za-z][\w.-]{1,40})(["']?\s*[=:]\s*)("[^"]*"|'[^']*'|[^\s&,;"'}]+)/g
const RULES: [RegExp, string][] = [
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
export const redact = (text: string): string => {
  const pairs = text.replaceAll(PAIR, (all, name: string, between: string) =>
    isSecretKey(name) ? `${name}${between}${MASK}` : all,
  )
  return RULES.reduce((masked, [pattern, by]) => masked.replace(pattern, by), pairs)
}
