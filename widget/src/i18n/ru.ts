import kit from '@bitrix24/b24ui-nuxt/runtime/locale/ru.js'
import messages from './ru.json'

export { kit, messages }
