interface Task {
  dueAt: number
  order: number
  run: () => void
}

export interface SimulatedTime {
  now(): number
  /** Moves simulated time on and runs what became due. */
  advance(ms: number): void
  skew(): number
  restore(skew: number): void
  /** Runs `run` at simulated `dueAt` (ms), never synchronously. */
  schedule(dueAt: number, run: () => void): void
  /** Runs everything that is due now. */
  runDue(): void
  clear(): void
}

const before = (a: Task, b: Task) => a.dueAt < b.dueAt || (a.dueAt === b.dueAt && a.order < b.order)

const swap = (heap: Task[], i: number, j: number) => {
  const a = heap[i]
  const b = heap[j]
  if (a === undefined || b === undefined) return false
  if (!before(b, a)) return false
  heap[i] = b
  heap[j] = a
  return true
}

const push = (heap: Task[], task: Task) => {
  heap.push(task)
  for (let i = heap.length - 1; i > 0;) {
    const parent = (i - 1) >> 1
    if (!swap(heap, parent, i)) return
    i = parent
  }
}

const pop = (heap: Task[]): Task | undefined => {
  const first = heap[0]
  const last = heap.pop()
  if (first === undefined || last === undefined || heap.length === 0) return first
  heap[0] = last
  for (let i = 0; ;) {
    const left = heap[2 * i + 1]
    const right = heap[2 * i + 2]
    const child = left && right && before(right, left) ? 2 * i + 2 : 2 * i + 1
    if (!swap(heap, i, child)) return first
    i = child
  }
}

/** A clock that can be moved forward, with tasks on a heap so that thousands of waiting statuses stay cheap. */
export const createTime = (clock: () => number): SimulatedTime => {
  const heap: Task[] = []
  let offset = 0
  let order = 0
  let timer: NodeJS.Timeout | undefined
  let timerAt = Infinity
  const now = () => clock() + offset

  const arm = () => {
    const next = heap[0]
    if (next === undefined || timerAt <= next.dueAt) return
    clearTimeout(timer)
    timerAt = next.dueAt
    // A frozen test clock never reaches the time, so look again at least once a second.
    timer = setTimeout(onTimer, Math.min(Math.max(0, next.dueAt - now()), 1000))
    timer.unref()
  }
  const onTimer = () => {
    timerAt = Infinity
    runDue()
  }
  const runDue = () => {
    while (heap[0] !== undefined && heap[0].dueAt <= now()) pop(heap)?.run()
    arm()
  }

  return {
    now,
    skew: () => offset,
    restore: (skew) => {
      offset = skew
    },
    advance: (ms) => {
      offset += ms
      runDue()
    },
    schedule: (dueAt, run) => {
      push(heap, { dueAt, order: order++, run })
      arm()
    },
    runDue,
    clear: () => {
      heap.length = 0
      clearTimeout(timer)
    },
  }
}
