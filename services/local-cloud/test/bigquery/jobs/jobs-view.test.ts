import t from 'tap'
import { openRest } from '../../open-bigquery.ts'

interface Answer {
  readonly rows?: readonly { readonly f: readonly { readonly v: string | null }[] }[]
  readonly jobReference?: { readonly jobId: string; readonly location: string }
  readonly error?: { readonly message: string }
}

const JOBS = '`region-us`.INFORMATION_SCHEMA.JOBS'

async function open(t: { teardown: (done: () => Promise<void>) => void }) {
  const { ask, get, post } = await openRest<Answer>(t)
  /** The rows, their cells with bars between them, or the message of an error. */
  const run = async (query: string) => {
    const { error, rows } = await ask(query)
    return error?.message ?? (rows ?? []).map(({ f }) => f.map(({ v }) => v).join(' | '))
  }
  return { run, get, post }
}

t.test('INFORMATION_SCHEMA.JOBS tells of the jobs of a region what jobs.get tells', async (t) => {
  const { run, get, post } = await open(t)
  const query = `CREATE TABLE d.t AS SELECT 'it\\'s' AS a`
  await post('jobs', {
    jobReference: { projectId: 'p', jobId: 'first' },
    configuration: { labels: { team: 'x', part: 'y' }, query: { query, useLegacySql: false } },
  })
  await get('queries/first')
  await run('SELECT a FROM d.t')
  await run('SELECT 1 / 0')
  t.same(
    await run(
      `SELECT job_type, statement_type, state, destination_table.table_id, query, ARRAY_TO_STRING(ARRAY(SELECT CONCAT(key, value) FROM UNNEST(labels)), ','), user_email
      FROM ${JOBS} WHERE job_id = 'first'`,
    ),
    [`QUERY | CREATE_TABLE_AS_SELECT | DONE | t | ${query} | teamx,party | local@tablestream`],
  )
  t.same(await run(`SELECT error_result.reason, query FROM ${JOBS} WHERE error_result IS NOT NULL`), [
    'invalidQuery | SELECT 1 / 0',
  ])
  t.same(
    await run(
      `SELECT total_bytes_processed, total_bytes_billed, cache_hit FROM ${JOBS} WHERE query = 'SELECT a FROM d.t'`,
    ),
    ['6 | 10485760 | false'],
  )
  t.same(
    await run(
      `SELECT COUNT(*) FROM ${JOBS}_BY_PROJECT WHERE end_time >= start_time AND creation_time = start_time`,
    ),
    ['6'],
    'the one that asks has no end yet',
  )
  t.same(await run(`SELECT state, end_time FROM p.${JOBS}_BY_USER WHERE query LIKE '%BY_USER%'`), [
    'RUNNING | ',
  ])
})

t.test('jobs are those of the region and of the project that the path names', async (t) => {
  const { run, post } = await open(t)
  await post('queries', { query: 'SELECT 1', useLegacySql: false, location: 'EU' })
  t.same(await run('SELECT query FROM `region-eu`.INFORMATION_SCHEMA.JOBS'), ['SELECT 1'])
  t.same(await run('SELECT query FROM `region-EU.INFORMATION_SCHEMA.JOBS`'), ['SELECT 1'])
  t.same(await run('SELECT query FROM other.`region-eu`.INFORMATION_SCHEMA.JOBS'), [])
  for (const path of ['d.INFORMATION_SCHEMA.JOBS', 'INFORMATION_SCHEMA.JOBS'])
    t.equal(await run(`SELECT * FROM ${path}`), 'INFORMATION_SCHEMA.JOBS must be qualified with a region.')
  t.match(await run(`SELECT nothing FROM ${JOBS}`), /Unrecognized name: nothing/)
})

t.test('a session is told, a dry run is no job, and a view may ask for jobs', async (t) => {
  const { run, post } = await open(t)
  await post('queries', { query: 'SELECT 1', useLegacySql: false, createSession: true })
  await post('queries', { query: 'SELECT 2', useLegacySql: false, dryRun: true })
  t.same(
    await run(`SELECT query, session_info.session_id != '' FROM ${JOBS} WHERE session_info IS NOT NULL`),
    ['SELECT 1 | true'],
  )
  await run(`CREATE VIEW d.done AS SELECT query FROM p.${JOBS} WHERE state = 'DONE'`)
  t.ok((await run('SELECT * FROM d.done')).includes('SELECT 1'))
})
