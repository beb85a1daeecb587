import { useToast } from '@bitrix24/b24ui-nuxt/composables'
import { ref } from 'vue'
import { useI18n } from 'vue-i18n'
import type { Binding, CrmRecord } from '../contract.ts'
import { useWidget } from '../context.ts'
import { failReason } from '../conversation/fail-reason.ts'
import { toRequestError } from '../request-error.ts'

/** Moves a conversation to another record and back; the way back is offered in a toast. */
export function useMove(conversationId: string, changed: (binding: Binding) => void) {
  const { t } = useI18n()
  const { api } = useWidget()
  const toast = useToast()
  const busy = ref<string | null>(null)
  const problem = ref<string | null>(null)

  const run = async (key: string, work: () => Promise<Binding>): Promise<boolean> => {
    busy.value = key
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
  const undo = () => run('undo', () => api.undoMove(conversationId))
  const move = async (record: CrmRecord) => {
    const moved = await run(`${record.type}:${record.id}`, () => api.move(conversationId, record))
    if (moved)
      toast.add({
        title: t('binding.toast', { title: record.title }),
        actions: [{ label: t('binding.undo'), color: 'air-secondary-no-accent', onClick: () => void undo() }],
      })
    return moved
  }
  return { move, undo, busy, problem }
}
