import t from 'tap'
import { classify, mayBeDone } from '../../src/bigquery/bigquery-errors.ts'

const error = (code: unknown, reason?: string, message = '') =>
  Object.assign(new Error(message), { code, ...(reason !== undefined && { errors: [{ reason }] }) })

t.test('only a 400 that speaks of the change itself is final', (t) => {
  const cases: [error: Error, kind: string][] = [
    [error(400, 'invalid', 'Provided Schema does not match Table'), 'refused'],
    [error(400, 'invalidQuery', 'ALTER TABLE ALTER COLUMN SET DATA TYPE requires'), 'refused'],
    [error(400, 'badRequest'), 'objected'],
    [error(400), 'objected'],
    [error(413), 'objected'],
    [error(400, 'jobBackendError'), 'retry'],
    [error(400, 'jobInternalError'), 'retry'],
    [error(400, 'tableUnavailable'), 'retry'],
    [error(400, 'resourceInUse'), 'retry'],
    [error(400, 'jobRateLimitExceeded'), 'quota'],
    [error(400, 'resourcesExceeded'), 'quota'],
    [
      error(400, 'invalidQuery', 'Could not serialize access to table p:d.t due to concurrent update'),
      'stale',
    ],
    [error(401, 'authError'), 'retry'],
    [error(403, 'accessDenied'), 'retry'],
    [error(403, 'billingNotEnabled'), 'retry'],
    [error(403, 'blocked'), 'retry'],
    [error(403, 'rateLimitExceeded'), 'quota'],
    [error(403, 'quotaExceeded'), 'quota'],
    [error(429), 'quota'],
    [error(404, 'notFound'), 'missing'],
    [error(409, 'duplicate'), 'exists'],
    [error(412, 'conditionNotMet'), 'stale'],
    [error(500, 'internalError'), 'retry'],
    [error(501, 'notImplemented'), 'retry'],
    [error(503, 'backendError'), 'retry'],
    [error('ECONNREFUSED'), 'retry'],
    [new Error('no answer'), 'retry'],
  ]
  for (const [given, kind] of cases) t.equal(classify(given), kind, JSON.stringify(given))
  t.end()
})

t.test('what failed without an answer may be done', (t) => {
  for (const code of [500, 503, 'ECONNRESET', undefined]) t.equal(mayBeDone(error(code)), true, String(code))
  for (const code of [400, 403, 412]) t.equal(mayBeDone(error(code)), false, String(code))
  t.end()
})
