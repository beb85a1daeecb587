import { expect, test } from 'vitest'
import { portalErrorOf, unreachable } from '#server/bitrix/errors.ts'
import { AppError } from '#server/errors.ts'

const said = (error: unknown, error_description = '') => ({ error, error_description })

test.each([
  [401, said('expired_token'), 'portal_token_refused', 'refresh-token', 'expired_token'],
  [401, said('invalid_token'), 'portal_token_refused', 'never', 'invalid_token'],
  [401, said('NO_AUTH_FOUND'), 'portal_token_refused', 'never', 'NO_AUTH_FOUND'],
  [401, said('authorization_error'), 'portal_token_refused', 'never', 'authorization_error'],
  [403, said('INVALID_CREDENTIALS'), 'portal_refused', 'never', 'INVALID_CREDENTIALS'],
  [403, said('insufficient_scope'), 'portal_refused', 'never', 'insufficient_scope'],
  [403, said('user_access_error'), 'portal_refused', 'never', 'user_access_error'],
  [403, said('ACCESS_DENIED'), 'portal_refused', 'never', 'ACCESS_DENIED'],
  [403, said('WRONG_AUTH_TYPE'), 'portal_refused', 'never', 'WRONG_AUTH_TYPE'],
  [404, said('ERROR_METHOD_NOT_FOUND'), 'portal_refused', 'never', 'ERROR_METHOD_NOT_FOUND'],
  [400, said('INVALID_REQUEST'), 'portal_refused', 'never', 'INVALID_REQUEST'],
  [503, said('QUERY_LIMIT_EXCEEDED'), 'portal_limited', { afterMs: 1000 }, 'QUERY_LIMIT_EXCEEDED'],
  [429, said('OPERATION_TIME_LIMIT'), 'portal_limited', { afterMs: 60_000 }, 'OPERATION_TIME_LIMIT'],
  [503, said('OVERLOAD_LIMIT'), 'portal_limited', { afterMs: 600_000 }, 'OVERLOAD_LIMIT'],
  [500, said('PORTAL_DELETED'), 'portal_gone', 'never', 'PORTAL_DELETED'],
  [401, said('PAYMENT_REQUIRED'), 'portal_refused', 'later', 'PAYMENT_REQUIRED'],
  [500, said('INTERNAL_SERVER_ERROR'), 'portal_unreachable', 'unknown-outcome', 'INTERNAL_SERVER_ERROR'],
  [500, said('ERROR_UNEXPECTED_ANSWER'), 'portal_unreachable', 'unknown-outcome', 'ERROR_UNEXPECTED_ANSWER'],
  [200, said('ERROR_PLACEMENT_NOT_FOUND'), 'portal_refused', 'never', 'ERROR_PLACEMENT_NOT_FOUND'],
  [400, said('', 'Access denied.'), 'portal_refused', 'never', 'ACCESS_DENIED'],
  [400, said('', 'Not found'), 'portal_refused', 'never', 'NOT_FOUND'],
  [400, said('', 'Something else'), 'portal_refused', 'never', 'UNNAMED'],
  [400, said('100', 'Could not find value'), 'portal_refused', 'never', '100'],
  [400, said(0, 'Zero'), 'portal_refused', 'never', '0'],
  [400, said('a sentence, not a code'), 'portal_refused', 'never', 'UNNAMED'],
  [400, said('constructor'), 'portal_refused', 'never', 'constructor'],
  [
    400,
    { error: { code: 'BITRIX_REST_V3_X', message: 'no' } },
    'portal_refused',
    'never',
    'BITRIX_REST_V3_X',
  ],
  [302, undefined, 'portal_unreachable', 'refresh-token', 'MOVED'],
  [502, undefined, 'portal_unreachable', 'unknown-outcome', 'NOT_JSON'],
  [200, undefined, 'portal_unreachable', 'unknown-outcome', 'NOT_JSON'],
  [200, [], 'portal_unreachable', 'unknown-outcome', 'NOT_JSON'],
  [200, {}, 'portal_unreachable', 'unknown-outcome', 'ERROR_UNEXPECTED_ANSWER'],
  [500, { result: true }, 'portal_unreachable', 'unknown-outcome', 'ERROR_UNEXPECTED_ANSWER'],
])('HTTP %i with %j is %s, %j', (status, body, code, retry, remote) => {
  expect(portalErrorOf({ status, body })).toMatchObject({ code, retry, remote })
})

test.each([{ result: true }, { result: null }, { result: [], total: 0 }])('%j is no error', (body) => {
  expect(portalErrorOf({ status: 200, body })).toBeNull()
})

test('the words of the portal never get into our message', () => {
  const error = portalErrorOf({ status: 400, body: said('X', 'LEAK_PROBE_text') })
  expect(JSON.stringify({ ...error, message: error?.message })).not.toContain('LEAK_PROBE')
})

test('what the network knows about the outcome stays', () => {
  const lost = new AppError('unavailable', 'No answer.', { retry: 'unknown-outcome' })
  expect(unreachable(lost)).toMatchObject({ code: 'portal_unreachable', retry: 'unknown-outcome' })
  const unsent = new AppError('unavailable', 'No host.', { retry: 'later' })
  expect(unreachable(unsent)).toMatchObject({ code: 'portal_unreachable', retry: 'later' })
  expect(() => unreachable(new AppError('host_refused', 'No.'))).toThrow(
    expect.objectContaining({ code: 'host_refused' }),
  )
})
