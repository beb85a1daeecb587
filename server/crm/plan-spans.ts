/** A stretch of a conversation that is one entry of the CRM history (milliseconds, both ends included). */
export type Span = { id: string; from: number; to: number }

/** Docs: WhatsApp's service window; a silence as long as that ends an entry. */
export const SILENCE_MS = 24 * 60 * 60 * 1000

/**
 * Puts messages (their times, oldest first) into the spans of their conversation: the first message opens the first span, one
 * after 24 h of silence the next. A late one joins the span it falls in, else the nearest; spans never merge. Answers all spans,
 * in order of time.
 */
export function planSpans(known: readonly Span[], times: readonly number[], newId: () => string): Span[] {
  const spans = known.map((span) => ({ ...span })).sort((a, b) => a.from - b.from)
  for (const at of times) {
    const last = spans.at(-1)
    if (!last || at > last.to + SILENCE_MS) spans.push({ id: newId(), from: at, to: at })
    else join(spans, at)
  }
  return spans
}

function join(spans: Span[], at: number): void {
  const [nearest] = spans.toSorted((a, b) => distance(a, at) - distance(b, at) || b.from - a.from)
  if (!nearest) return
  nearest.from = Math.min(nearest.from, at)
  nearest.to = Math.max(nearest.to, at)
}

const distance = (span: Span, at: number): number =>
  at < span.from ? span.from - at : Math.max(0, at - span.to)
