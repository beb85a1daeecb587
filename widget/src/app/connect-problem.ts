import { failReason } from '../conversation/fail-reason.ts'
import type { RequestError } from '../request-error.ts'

export type ConnectField = 'wabaId' | 'phoneNumberId' | 'accessToken'

const BY_CODE: Record<string, ConnectField | null> = {
  token_refused: 'accessToken',
  wrong_account: 'phoneNumberId',
  number_taken: 'phoneNumberId',
  terms_required: null,
}
const isField = (path: string | undefined): path is ConnectField =>
  path === 'wabaId' || path === 'phoneNumberId' || path === 'accessToken'

/** Which field a refused connection is about, and the key of its words. */
export function connectProblem(error: RequestError): { field: ConnectField | null; key: string } {
  const field = BY_CODE[error.code]
  if (field !== undefined) return { field, key: `connect.fail.${error.code}` }
  const path = error.issues[0]?.path
  if (error.code === 'invalid' && isField(path))
    return { field: path, key: path === 'accessToken' ? 'connect.fail.token_refused' : 'connect.fail.digits' }
  return { field: null, key: failReason(error.code) }
}
