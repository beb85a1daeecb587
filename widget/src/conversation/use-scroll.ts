import { useVirtualizer } from '@tanstack/vue-virtual'
import { defaultRangeExtractor, elementScroll, type Virtualizer } from '@tanstack/virtual-core'
import { computed, nextTick, onMounted, onScopeDispose, ref, watch, type Ref } from 'vue'
import type { ThreadRow } from './group-messages.ts'

/** Close enough to the end (px) to follow what arrives. */
const AT_END = 48
const LOAD_AHEAD_ROWS = 10

type Ports = {
  rows: Ref<ThreadRow[]>
  element: Ref<HTMLElement | null>
  activeKey: Ref<string | null>
  loadOlder: () => void
}

/** Only the rows in view exist; the end is followed while the reader is there, and nothing moves while the reader is not. */
export function useScroll({ rows, element, activeKey, loadOlder }: Ports) {
  const atEnd = ref(true)
  const activeIndex = computed(() => rows.value.findIndex((row) => row.key === activeKey.value))

  const virtualizer = useVirtualizer(
    computed(() => ({
      count: rows.value.length,
      getScrollElement: () => element.value,
      getItemKey: (index: number) => rows.value[index]?.key ?? index,
      estimateSize: (index: number) => estimate(rows.value[index]),
      overscan: 5,
      // Begins at the end: the rows at the top are never drawn first.
      initialOffset: () => rows.value.reduce((sum, row) => sum + estimate(row), 0),
      paddingStart: 16,
      paddingEnd: 16,
      scrollPaddingStart: 16,
      scrollPaddingEnd: 16,
      anchorTo: 'end' as const,
      followOnAppend: true,
      scrollEndThreshold: AT_END,
      scrollToFn: scrollOnceDrawn,
      // The row with the focus stays in the page, however far the reader scrolls.
      rangeExtractor: (range: Parameters<typeof defaultRangeExtractor>[0]) =>
        withIndex(defaultRangeExtractor(range), activeIndex.value),
    })),
  )

  const lookAround = () => {
    if (virtualizer.value.isAtEnd(AT_END)) atEnd.value = true
    const first = virtualizer.value.range?.startIndex ?? Infinity
    if (first < LOAD_AHEAD_ROWS) loadOlder()
  }
  // Only the reader's scrolling leaves the end; a composer that grows or a bar that appears does not.
  const onScroll = () => {
    atEnd.value = virtualizer.value.isAtEnd(AT_END)
    lookAround()
  }
  const toEnd = () => virtualizer.value.scrollToEnd()
  const show = (index: number) => virtualizer.value.scrollToIndex(index, { align: 'auto' })

  onMounted(async () => {
    await nextTick()
    toEnd()
  })
  watch(virtualizer, lookAround, { flush: 'post' })
  const resized = new ResizeObserver(() => atEnd.value && toEnd())
  watch(element, (now, before) => {
    if (before) resized.unobserve(before)
    if (now) resized.observe(now)
  })
  onScopeDispose(() => resized.disconnect())
  return { virtualizer, atEnd, toEnd, show, onScroll }
}

/** Older rows move the reader down before Vue has drawn their height, where the browser would cut the move short. */
function scrollOnceDrawn(
  offset: number,
  options: { adjustments?: number; behavior?: ScrollBehavior },
  instance: Virtualizer<HTMLElement, Element>,
): void {
  const scroll = () => elementScroll(offset, options, instance)
  scroll()
  const box = instance.scrollElement
  if (box && offset > box.scrollHeight - box.clientHeight) void nextTick(scroll)
}

const withIndex = (indexes: number[], index: number) =>
  index < 0 || indexes.includes(index) ? indexes : [...indexes, index].sort((a, b) => a - b)

function estimate(row: ThreadRow | undefined): number {
  if (row?.type !== 'message') return 36
  return 48 + 20 * Math.floor((row.message.text?.length ?? 0) / 60)
}
