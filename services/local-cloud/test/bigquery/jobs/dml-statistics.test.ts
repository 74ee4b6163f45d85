import type { JobMetadata } from '@google-cloud/bigquery'
import t from 'tap'
import { openClient } from '../../open-bigquery.ts'

const counted = (inserted: number, deleted: number, updated: number) => ({
  insertedRowCount: String(inserted),
  deletedRowCount: String(deleted),
  updatedRowCount: String(updated),
})

async function open(t: Parameters<typeof openClient>[0]) {
  const { bigquery, root } = await openClient(t)
  const job = async (query: string, options: object = {}) => {
    const [made] = await bigquery.createQueryJob({ query, ...options })
    await made.getQueryResults().catch(() => undefined)
    return (await made.getMetadata())[0] as JobMetadata
  }
  const get = async (path: string) =>
    (await (await fetch(`${root}/bigquery/v2/projects/p/${path}`)).json()) as Record<string, unknown>
  const rows = async (query: string) => (await bigquery.query(query))[0] as Record<string, unknown>[]
  return { root, bigquery, job, get, rows }
}

t.test('each statement tells how many rows it inserted, deleted and updated', async (t) => {
  const { job, rows } = await open(t)
  const told = async (query: string) => {
    const { numDmlAffectedRows, dmlStats } = (await job(query)).statistics?.query ?? {}
    return { numDmlAffectedRows, dmlStats }
  }
  const is = (all: number, dmlStats: object) => ({ numDmlAffectedRows: String(all), dmlStats })
  await job('CREATE TABLE d.t (id INT64, n INT64)')
  t.same(await told('INSERT d.t VALUES (1, 1), (2, 2), (3, 3)'), is(3, counted(3, 0, 0)))
  t.same(await told('UPDATE d.t SET n = 0 WHERE id < 3'), is(2, counted(0, 0, 2)))
  t.same(await told('DELETE d.t WHERE id = 1'), is(1, counted(0, 1, 0)))
  t.same(await told('DELETE d.t WHERE id = 1'), is(0, counted(0, 0, 0)))
  const merged = await told(`MERGE d.t AS t USING (SELECT k FROM UNNEST([2, 4, 5]) AS k) ON id = k
    WHEN MATCHED THEN UPDATE SET n = 9 WHEN NOT MATCHED BY TARGET THEN INSERT (id) VALUES (k)
    WHEN NOT MATCHED BY SOURCE THEN DELETE`)
  t.same(merged, is(4, counted(2, 1, 1)))
  t.same(await rows('SELECT id, n FROM d.t ORDER BY id'), [
    { id: 2, n: 9 },
    { id: 4, n: null },
    { id: 5, n: null },
  ])
  t.same(await told('TRUNCATE TABLE d.t'), is(3, counted(0, 3, 0)))
  t.same(await told('SELECT * FROM d.t'), { numDmlAffectedRows: undefined, dmlStats: undefined })
  t.same(await told('CREATE TABLE d.u AS SELECT 1 AS a'), {
    numDmlAffectedRows: undefined,
    dmlStats: undefined,
  })
})

t.test('jobs.query tells it as well, and a dry run tells nothing', async (t) => {
  const { root, job } = await open(t)
  await job('CREATE TABLE d.t (id INT64)')
  const query = async (body: object) => {
    const response = await fetch(`${root}/bigquery/v2/projects/p/queries`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ useLegacySql: false, ...body }),
    })
    return (await response.json()) as Record<string, unknown>
  }
  const { numDmlAffectedRows, dmlStats } = await query({ query: 'INSERT d.t VALUES (1), (2)' })
  t.same([numDmlAffectedRows, dmlStats], ['2', counted(2, 0, 0)])
  const dry = await query({ query: 'INSERT d.t VALUES (1), (2)', dryRun: true })
  t.same([dry['numDmlAffectedRows'], dry['dmlStats']], [undefined, undefined])
})

t.test('each statement of a script is a child job, with its rows, its place and what it did', async (t) => {
  const { bigquery, job, get, rows } = await open(t)
  const script = `DECLARE n INT64 DEFAULT 2;
CREATE TEMP TABLE x (a INT64);
INSERT x VALUES (1), (?);
BEGIN
  SELECT 1 / 0;
EXCEPTION WHEN ERROR THEN
  DELETE x WHERE a = n; SELECT a FROM x;
END;
EXECUTE IMMEDIATE 'SELECT 7 AS b';`
  const { statistics, jobReference } = await job(script, { params: [2] })
  const jobId = jobReference!.jobId!
  t.equal(statistics?.numChildJobs, '6')
  t.equal(statistics?.query?.statementType, 'SCRIPT')
  t.equal(statistics?.query?.dmlStats, undefined)
  const { jobs } = (await get(`jobs?parentJobId=${jobId}`)) as { jobs: Required<JobMetadata>[] }
  const children = jobs.toReversed()
  t.same(
    children.map(({ statistics: { query, scriptStatistics, parentJobId } }) => {
      const { startLine, startColumn, endColumn, text } = scriptStatistics!.stackFrames![0]!
      return [query?.statementType, startLine, startColumn, endColumn, text, parentJobId]
    }),
    [
      ['CREATE_TABLE', 2, 1, 30, 'CREATE TEMP TABLE x (a INT64)', jobId],
      ['INSERT', 3, 1, 25, 'INSERT x VALUES (1), (?)', jobId],
      [undefined, 5, 3, 15, 'SELECT 1 / 0', jobId],
      ['DELETE', 7, 3, 23, 'DELETE x WHERE a = n', jobId],
      ['SELECT', 7, 25, 40, 'SELECT a FROM x', jobId],
      ['SELECT', 9, 1, 34, `EXECUTE IMMEDIATE 'SELECT 7 AS b'`, jobId],
    ],
  )
  t.same(children[1]!.statistics.query?.dmlStats, counted(2, 0, 0))
  t.same(children[3]!.statistics.query?.dmlStats, counted(0, 1, 0))
  t.match(children[2]!.status.errorResult, { reason: 'invalidQuery', message: /division by zero/i })
  t.equal(children[5]!.configuration.query?.query, 'SELECT 7 AS b')
  const [first] = await bigquery.job(children[4]!.jobReference.jobId!).getQueryResults()
  t.same(first, [{ a: 1 }])
  const [last] = await bigquery.job(jobId).getQueryResults()
  t.same(last, [{ b: 7 }], 'the script gives what its last statement gave')
  const { jobs: all } = (await get('jobs')) as { jobs: JobMetadata[] }
  t.notOk(all.some(({ statistics: { parentJobId } = {} }) => parentJobId))
  t.same(
    await rows(`SELECT statement_type, dml_statistics.inserted_row_count AS i, dml_statistics.deleted_row_count AS d
      FROM \`region-us\`.INFORMATION_SCHEMA.JOBS WHERE parent_job_id = '${jobId}' AND dml_statistics IS NOT NULL ORDER BY i`),
    [
      { statement_type: 'DELETE', i: 0, d: 1 },
      { statement_type: 'INSERT', i: 2, d: 0 },
    ],
  )
  await t.rejects(bigquery.job(children[0]!.jobReference.jobId!).delete(), /child job/)
  await bigquery.job(jobId).delete()
  await t.rejects(bigquery.job(children[0]!.jobReference.jobId!).getMetadata(), /Not found: Job/)
})

t.test('a script keeps its last hundred statements, and counts all', async (t) => {
  const { job, get } = await open(t)
  const { statistics, jobReference } = await job(
    'DECLARE n INT64 DEFAULT 0; WHILE n < 105 DO SELECT n; SET n = n + 1; END WHILE;',
  )
  t.equal(statistics?.numChildJobs, '105')
  const { jobs } = (await get(`jobs?parentJobId=${jobReference!.jobId}`)) as { jobs: unknown[] }
  t.equal(jobs.length, 100)
})
