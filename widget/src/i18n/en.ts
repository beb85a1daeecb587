import kit from '@bitrix24/b24ui-nuxt/runtime/locale/en.js'
import messages from './en.json'

export { kit, messages }
