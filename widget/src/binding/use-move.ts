import { ref } from 'vue'
import { useI18n } from 'vue-i18n'
import type { Binding, CrmRecord } from '../contract.ts'
import { useWidget } from '../context.ts'
import { failReason } from '../conversation/fail-reason.ts'
import { toRequestError } from '../request-error.ts'

/** Moves a conversation to another record and back. */
export function useMove(conversationId: string, changed: (binding: Binding) => void) {
  const { t } = useI18n()
  const { api } = useWidget()
  /** What runs now: `undo`, or the type and id of a record. */
  const busy = ref<string | null>(null)
  const problem = ref<string | null>(null)

  const run = async (what: string, work: () => Promise<Binding>): Promise<boolean> => {
    busy.value = what
    problem.value = null
    try {
      changed(await work())
      return true
    } catch (thrown) {
      problem.value = t(failReason(toRequestError(thrown).code))
      return false
    } finally {
      busy.value = null
    }
  }
  const move = (record: CrmRecord) =>
    run(`${record.type}:${record.id}`, () => api.move(conversationId, record))
  const undo = () => run('undo', () => api.undoMove(conversationId))
  return { move, undo, busy, problem }
}
