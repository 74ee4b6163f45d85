import { createLogger } from '@tablestream/service-kit'
import t from 'tap'
import { createLookup, lookupQuery } from '../../src/doubts/bigquery-lookup.ts'

const logger = createLogger({ service: 'test', level: 'silent' })
const lookup = createLookup({ projectId: 'p', dataset: 'd', typeField: 'event_type', mostBytes: 1, logger })

t.test('a job that failed may pass by its reason alone: it has no status', async (t) => {
  for (const reason of ['backendError', 'internalError', 'jobRateLimitExceeded', 'quotaExceeded', 'stopped'])
    t.ok(lookup.mayPass({ errors: [{ reason }] }), reason)
  for (const reason of ['notFound', 'accessDenied', 'invalidQuery', 'bytesBilledLimitExceeded'])
    t.notOk(lookup.mayPass({ errors: [{ reason }] }), reason)
})

t.test('a call may pass by its status, or by a reason that is a quota', async (t) => {
  for (const code of [408, 429, 500, 502, 503, 504]) t.ok(lookup.mayPass({ code }), String(code))
  t.ok(lookup.mayPass(new Error('socket hang up')))
  t.ok(lookup.mayPass({ code: 403, errors: [{ reason: 'rateLimitExceeded' }] }))
  t.notOk(lookup.mayPass({ code: 403, errors: [{ reason: 'accessDenied' }] }))
  t.notOk(lookup.mayPass({ code: 400, errors: [{ reason: 'invalidQuery' }] }))
})

t.test('a row is told by its type, whatever its column is called', (t) => {
  const key = { eventType: 'x', eventId: 'a', source: '', fingerprint: '1', eventDate: '2026-01-01' }
  t.match(lookupQuery('p.d.t', 'select', [key]), 'SELECT `select` AS event_type, _source AS source,')
  t.end()
})
