import { defineLocale } from '@bitrix24/b24ui-nuxt/composables/defineLocale'
import english from '@bitrix24/b24ui-nuxt/runtime/locale/en.js'
import messages from './ro.json'

const close = 'Închide'

// The kit has no Romanian; its own texts that the widget can meet are written here.
export const kit = defineLocale({
  name: 'Română',
  code: 'ro',
  locale: 'ro',
  messages: {
    ...english.messages,
    alert: { close },
    banner: { close },
    chatPrompt: { placeholder: 'Scrieți un mesaj…' },
    chatPromptSubmit: { label: 'Trimite' },
    drawer: { close },
    dropdownMenu: { noMatch: 'Nu s-a găsit nimic', search: 'Căutare…' },
    error: { clear: 'Încearcă din nou' },
    modal: { close },
    slideover: { close },
    toast: { close },
  },
})
export { messages }
