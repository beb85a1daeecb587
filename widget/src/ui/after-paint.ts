import { watch } from 'vue'

/** Runs work when what is on screen now has been painted and the page is idle, at the latest after a second. */
export function afterPaint(work: () => void): void {
  requestAnimationFrame(() => {
    if ('requestIdleCallback' in window) requestIdleCallback(() => work(), { timeout: 1_000 })
    else setTimeout(work, 200)
  })
}

/** Runs work once, as soon as the condition holds and the page shows it. */
export function whenever(condition: () => boolean, work: () => void): void {
  watch(condition, (holds) => holds && work(), { once: true, flush: 'post' })
}
