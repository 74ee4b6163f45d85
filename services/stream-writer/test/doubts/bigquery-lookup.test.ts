import t from 'tap'
import { createLookup } from '../../src/doubts/bigquery-lookup.ts'

const { mayPass } = createLookup({ projectId: 'p', dataset: 'd', mostBytes: 1 })

t.test('a job that failed may pass by its reason alone: it has no status', async (t) => {
  for (const reason of ['backendError', 'internalError', 'jobRateLimitExceeded', 'quotaExceeded', 'stopped'])
    t.ok(mayPass({ errors: [{ reason }] }), reason)
  for (const reason of ['notFound', 'accessDenied', 'invalidQuery', 'bytesBilledLimitExceeded'])
    t.notOk(mayPass({ errors: [{ reason }] }), reason)
})

t.test('a call may pass by its status, or by a reason that is a quota', async (t) => {
  for (const code of [408, 429, 500, 502, 503, 504]) t.ok(mayPass({ code }), String(code))
  t.ok(mayPass(new Error('socket hang up')))
  t.ok(mayPass({ code: 403, errors: [{ reason: 'rateLimitExceeded' }] }))
  t.notOk(mayPass({ code: 403, errors: [{ reason: 'accessDenied' }] }))
  t.notOk(mayPass({ code: 400, errors: [{ reason: 'invalidQuery' }] }))
})
