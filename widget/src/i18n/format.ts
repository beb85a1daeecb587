import { useI18n } from 'vue-i18n'

const DAY_MS = 86_400_000
const cache = new Map<string, Intl.DateTimeFormat>()

function formatter(language: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = `${language}${JSON.stringify(options)}`
  const found = cache.get(key) ?? new Intl.DateTimeFormat(language, options)
  cache.set(key, found)
  return found
}

const startOfDay = (time: number) => new Date(time).setHours(0, 0, 0, 0)

/** Dates and times in the language of the page and the zone of the browser. */
export function useFormat() {
  const { locale, t } = useI18n()
  const time = (at: string) =>
    formatter(locale.value, { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' }).format(new Date(at))
  const date = (at: string, now = Date.now()) => {
    const sameYear = new Date(at).getFullYear() === new Date(now).getFullYear()
    return formatter(locale.value, {
      day: 'numeric',
      month: 'long',
      ...(sameYear ? {} : { year: 'numeric' }),
    }).format(new Date(at))
  }
  const day = (at: string, now: number) => {
    const days = Math.round((startOfDay(now) - startOfDay(Date.parse(at))) / DAY_MS)
    if (days === 0) return t('day.today')
    if (days === 1) return t('day.yesterday')
    if (days > 1 && days < 6)
      return capital(formatter(locale.value, { weekday: 'long' }).format(new Date(at)))
    return date(at, now)
  }
  const moment = (at: string, now: number) => {
    const minutes = Math.floor((now - Date.parse(at)) / 60_000)
    if (minutes < 1) return t('ago.now')
    if (minutes < 60) return t('ago.minutes', { n: minutes }, minutes)
    if (minutes < 1440) return t('ago.hours', { n: Math.floor(minutes / 60) }, Math.floor(minutes / 60))
    return `${date(at, now)}, ${time(at)}`
  }
  const number = (value: number) => new Intl.NumberFormat(locale.value).format(value)
  return { time, date, day, moment, number }
}

const capital = (text: string) => text.slice(0, 1).toLocaleUpperCase() + text.slice(1)
