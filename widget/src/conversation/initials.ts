const segmenter = new Intl.Segmenter(undefined, { granularity: 'grapheme' })
const letters = (word: string) => [...segmenter.segment(word)].map((part) => part.segment)

/** One or two initials of a name; `#` for a name without letters, such as a phone. */
export function initials(name: string): string {
  const words = name.split(/[\s._-]+/u).filter((word) => /\p{L}/u.test(word))
  const firsts = words.map((word) => letters(word).find((letter) => /\p{L}/u.test(letter)) ?? '')
  const picked = firsts.length > 1 ? [firsts[0], firsts.at(-1)] : firsts
  return picked.join('').toLocaleUpperCase() || '#'
}
