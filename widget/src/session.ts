import { ref, shallowRef } from 'vue'
import type { Session as Opened } from './contract.ts'
import { takeAhead } from './ask-ahead.ts'
import { callJson } from './http.ts'
import { SESSION_PATH } from './paths.ts'
import { RequestError, toRequestError } from './request-error.ts'

const RENEW_BEFORE_MS = 60_000

/** The session of this page: the token lives in memory only and is renewed before it expires. */
export function openSession(code: string, call: typeof callJson = callJson) {
  const opened = shallowRef<Opened | null>(null)
  const ended = ref(false)
  let renewing: Promise<void> | null = null
  let timer: ReturnType<typeof setTimeout> | undefined

  const accept = (answer: unknown) => {
    // Our own server answers this path with the shape of the shared contract.
    const session = answer as Opened
    opened.value = session
    clearTimeout(timer)
    const left = Date.parse(session.expiresAt) - Date.now()
    // A failed renewal is tried again by the next call that meets a 401.
    timer = setTimeout(
      () => void renew().catch(() => undefined),
      Math.max(1_000, Math.min(left - RENEW_BEFORE_MS, left * 0.8)),
    )
  }

  const start = async () => {
    try {
      accept(await (takeAhead(SESSION_PATH) ?? call({ method: 'POST', path: SESSION_PATH, body: { code } })))
    } catch (error) {
      if (toRequestError(error).status === 401) ended.value = true
      throw error
    }
  }

  const renew = (): Promise<void> => {
    renewing ??= call({ method: 'POST', path: '/api/session/renew', token: opened.value?.token ?? null })
      .then(accept)
      .catch((error: unknown) => {
        if (toRequestError(error).status === 401) ended.value = true
        throw error
      })
      .finally(() => (renewing = null))
    return renewing
  }

  /** Runs a call with the token; one renewal after a 401; a second 401 ends the session. */
  const withToken = async <T>(work: (token: string) => Promise<T>): Promise<T> => {
    if (ended.value) throw new RequestError('ended')
    const token = opened.value?.token
    if (!token) throw new RequestError('unauthorized', { status: 401 })
    try {
      return await work(token)
    } catch (error) {
      if (toRequestError(error).status !== 401) throw error
    }
    await renew().catch((error: unknown) => {
      throw ended.value ? new RequestError('ended') : error
    })
    try {
      return await work(opened.value?.token ?? token)
    } catch (error) {
      if (toRequestError(error).status !== 401) throw error
      ended.value = true
      throw new RequestError('ended')
    }
  }

  return { opened, ended, start, renew, withToken }
}

export type WidgetSession = ReturnType<typeof openSession>
