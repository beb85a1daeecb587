import { z } from 'zod'
import type { Deps } from '../deps.ts'
import { appToken, callGraph, type GraphAnswer } from './client.ts'

const TIMEOUT_MS = 10_000

const Debug = z.object({
  data: z.object({
    app_id: z.coerce.string().optional(),
    is_valid: z.boolean().default(false),
    expires_at: z.number().default(0),
    scopes: z.array(z.string()).default([]),
    granular_scopes: z
      .array(z.object({ scope: z.string(), target_ids: z.array(z.coerce.string()).optional() }))
      .default([]),
  }),
})
export type TokenFacts = z.infer<typeof Debug>['data']

const Numbers = z.object({
  data: z.array(
    z.object({
      id: z.coerce.string(),
      display_phone_number: z.string().default(''),
      verified_name: z.string().default(''),
    }),
  ),
  paging: z
    .object({ next: z.string().optional(), cursors: z.object({ after: z.string() }).optional() })
    .optional(),
})
export type AccountNumber = z.infer<typeof Numbers>['data'][number]
const Done = z.object({ success: z.boolean() })

/** What a token is good for, as Meta says (`debug_token`, asked with the application's own token). */
export async function checkToken(deps: Deps, token: string): Promise<GraphAnswer<TokenFacts>> {
  const query = { input_token: token }
  const call = {
    method: 'GET' as const,
    path: 'debug_token',
    token: appToken(deps),
    query,
    timeoutMs: TIMEOUT_MS,
  }
  const answer = await callGraph(deps, call, Debug)
  return answer.ok ? { ok: true, data: answer.data.data } : answer
}

/** Every number of an account that this token may see. */
export async function phoneNumbers(
  deps: Deps,
  account: { wabaId: string; token: string },
  timeoutMs = TIMEOUT_MS,
): Promise<GraphAnswer<AccountNumber[]>> {
  const found: AccountNumber[] = []
  let after: string | undefined
  for (let page = 0; page < 20; page++) {
    const query = {
      fields: 'id,display_phone_number,verified_name',
      limit: '100',
      ...(after ? { after } : {}),
    }
    const path = `${account.wabaId}/phone_numbers`
    const answer = await callGraph(
      deps,
      { method: 'GET', path, token: account.token, query, timeoutMs },
      Numbers,
    )
    if (!answer.ok) return answer
    found.push(...answer.data.data)
    after = answer.data.paging?.next ? answer.data.paging.cursors?.after : undefined
    if (!after) break
  }
  return { ok: true, data: found }
}

/** Subscribes our application to the account's webhooks; repeating it changes nothing. */
export function subscribeApp(deps: Deps, account: { wabaId: string; token: string }) {
  return subscription(deps, 'POST', account, TIMEOUT_MS)
}

/** Takes our application off the account. */
export function unsubscribeApp(deps: Deps, account: { wabaId: string; token: string }, timeoutMs: number) {
  return subscription(deps, 'DELETE', account, timeoutMs)
}

function subscription(
  deps: Deps,
  method: 'POST' | 'DELETE',
  account: { wabaId: string; token: string },
  timeoutMs: number,
): Promise<GraphAnswer<{ success: boolean }>> {
  const path = `${account.wabaId}/subscribed_apps`
  return callGraph(deps, { method, path, token: account.token, timeoutMs }, Done)
}
