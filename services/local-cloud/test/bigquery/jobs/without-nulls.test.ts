import t from 'tap'
import { withoutNulls } from '../../../src/bigquery/jobs/without-nulls.ts'
import { openRest } from '../../open-bigquery.ts'

t.test('what is null is not there, wherever it stands; other values are kept', (t) => {
  const sent = { a: null, b: { c: null, d: 0 }, e: [null, { f: null, g: '' }], h: false }
  t.same(withoutNulls(sent), { b: { d: 0 }, e: [null, { g: '' }], h: false })
  t.end()
})

t.test('a job or query whose unset fields are null is done as one without them', async (t) => {
  const { post } = await openRest<Record<string, unknown>>(t)
  const query = { query: 'SELECT @x IS NULL', useLegacySql: false, destinationTable: null, priority: null }
  const parameterValue = { value: null, arrayValues: null }
  const queryParameters = [{ name: 'x', parameterType: { type: 'STRING' }, parameterValue }]
  const asked = { ...query, queryParameters, maxResults: null, timeoutMs: null, continuous: null }
  t.match(await post('queries', asked), { rows: [{ f: [{ v: 'true' }] }] })
  const configuration = { query: { ...query, queryParameters, timePartitioning: null }, labels: null }
  t.match(await post('jobs', { configuration, jobReference: { jobId: null, location: null } }), {
    status: { state: 'DONE', errorResult: undefined },
  })
})
