export type TextPart = { type: 'text' | 'link' | 'phone'; text: string; href: string | null }

const CANDIDATE = /\bhttps?:\/\/[^\s<>"'`{}|\\^]+|(?<![\w+])\+?\d[\d\s().-]{6,20}\d(?!\w)/giu
// Punctuation that ends a sentence, not an address.
const TRAILING = /[.,;:!?»”’…]+$/u

/** Splits text into plain parts, http(s) links and phones; nothing else ever becomes clickable. */
export function linkText(text: string): TextPart[] {
  const parts: TextPart[] = []
  let from = 0
  const plain = (to: number) => {
    if (to > from) parts.push({ type: 'text', text: text.slice(from, to), href: null })
  }
  for (const match of text.matchAll(CANDIDATE)) {
    if (match.index < from) continue
    const part = /^https?:/i.test(match[0]) ? toLink(match[0]) : toPhone(match[0])
    if (!part) continue
    plain(match.index)
    parts.push(part)
    from = match.index + part.text.length
  }
  plain(text.length)
  return parts
}

function toLink(candidate: string): TextPart | null {
  const text = trimBrackets(candidate.replace(TRAILING, ''))
  if (!URL.canParse(text)) return null
  const url = new URL(text)
  if (url.protocol !== 'http:' && url.protocol !== 'https:') return null
  // An address with a user name pretends to be another site; it stays plain words.
  if (url.username || url.password) return null
  return { type: 'link', text, href: url.href }
}

function trimBrackets(text: string): string {
  if (!text.endsWith(')') || text.split(')').length <= text.split('(').length) return text
  return text.slice(0, -1).replace(TRAILING, '')
}

function toPhone(candidate: string): TextPart | null {
  const digits = candidate.replace(/\D/g, '')
  const international = candidate.startsWith('+')
  if (digits.length > 15 || digits.length < (international ? 8 : 9)) return null
  if (!international && !digits.startsWith('0')) return null
  return { type: 'phone', text: candidate, href: `tel:${international ? '+' : ''}${digits}` }
}

/** What a link shows: its address, with a non-Latin host spelled as the browser will open it. */
export function linkLabel(part: TextPart): string {
  if (part.type !== 'link' || part.href === null) return part.text
  const host = new URL(part.href).host
  return host.includes('xn--') ? part.href : part.text
}
