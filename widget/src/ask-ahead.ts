import { readBoot } from './boot.ts'
import type { Conversations, Session } from './contract.ts'
import { callJson } from './http.ts'
import { conversationsPath, messagesPath, SESSION_PATH } from './paths.ts'

// Loaded before everything else: while the browser still reads the page's code, the server answers what the page will ask.
const KEPT_MS = 10_000
const asked = new Map<string, Promise<unknown>>()

/** The answer to a GET (or to the session's POST) that was asked for ahead, once; undefined when it was not. */
export function takeAhead(path: string): Promise<unknown> | undefined {
  const answer = asked.get(path)
  asked.delete(path)
  return answer
}

function ask<T>(call: Parameters<typeof callJson>[0]): Promise<T> {
  const answer = callJson(call) as Promise<T>
  // Whoever takes it meets the error; one that nobody takes is nobody's.
  answer.catch(() => undefined)
  asked.set(call.path, answer)
  return answer
}

async function askAhead(): Promise<void> {
  const boot = readBoot()
  if (!boot) return
  const { token, entity } = await ask<Session>({
    method: 'POST',
    path: SESSION_PATH,
    body: { code: boot.code },
  })
  if (!boot.page.endsWith('-tab')) return
  const { items } = await ask<Conversations>({ method: 'GET', path: conversationsPath(entity), token })
  const [first] = items
  if (first) await ask({ method: 'GET', path: messagesPath(first.id), token })
}

askAhead().catch(() => undefined)
// Who comes later wants to know how it is then.
setTimeout(() => asked.clear(), KEPT_MS)
