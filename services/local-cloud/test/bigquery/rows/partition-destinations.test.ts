import { Storage } from '@google-cloud/storage'
import t from 'tap'
import { openClient, openRest } from '../../open-bigquery.ts'

interface Summary {
  readonly schema?: { readonly fields: readonly { readonly name: string }[] }
  readonly rows?: readonly { readonly f: readonly { readonly v: string | null }[] }[]
  readonly totalRows?: string
  readonly error?: { readonly code: number }
}

t.test(
  'a partition is the source and the destination of jobs, and the others stay as they are',
  async (t) => {
    const { bigquery, cloud, dataset } = await openClient(t)
    const rows = async () =>
      (
        (await bigquery.query('SELECT d, n FROM d.days ORDER BY d, n'))[0] as {
          d: { value: string } | null
          n: number
        }[]
      ).map(({ d, n }) => `${d?.value ?? '-'} ${n}`)
    const made = { schema: 'd:DATE,n:INTEGER', timePartitioning: { type: 'DAY', field: 'd' } }
    const [days] = await dataset.createTable('days', made)
    await dataset.createTable('other', made)
    await bigquery.query("INSERT d.days (d, n) VALUES ('2026-11-29', 1), ('2026-11-30', 2), (NULL, 3)")
    await bigquery.query(
      "INSERT d.other (d, n) VALUES ('2026-11-30', 7), ('2026-11-30', 8), ('2026-12-01', 9)",
    )
    const copy = async (from: string, to: string, writeDisposition = 'WRITE_TRUNCATE') => {
      const [job] = await dataset.table(from).createCopyJob(dataset.table(to), { writeDisposition })
      await job.promise()
    }
    await copy('other$20261130', 'days$20261130')
    t.same(await rows(), ['- 3', '2026-11-29 1', '2026-11-30 7', '2026-11-30 8'])
    await t.rejects(
      copy('other', 'days$20261130'),
      /1 rows belong to another partition than .*days\$20261130/,
    )
    await t.rejects(copy('other$20261201', 'days$20261130'), /another partition/)
    await t.rejects(copy('other$20261130', 'days$20261130', 'WRITE_EMPTY'), /Already Exists/)
    await t.rejects(copy('other$2026113005', 'days$20261130'), /8 digits/)
    await copy('other$20261201', 'days$20261201', 'WRITE_EMPTY')
    await copy('days$20261130', 'days$20261130', 'WRITE_APPEND').then(
      () => t.fail('a partition was copied to itself'),
      (error: Error) => t.match(error.message, /copied to itself/),
    )
    t.same(await rows(), ['- 3', '2026-11-29 1', '2026-11-30 7', '2026-11-30 8', '2026-12-01 9'])

    const [query] = await bigquery.createQueryJob({
      query: "SELECT DATE '2026-11-29' AS d, 5 AS n",
      destination: dataset.table('days$20261129'),
      writeDisposition: 'WRITE_TRUNCATE',
    })
    await query.getQueryResults()
    const storage = new Storage({ projectId: 'p', apiEndpoint: `http://127.0.0.1:${cloud.storagePort}` })
    const [bucket] = await storage.createBucket('rows')
    await bucket.file('rows.ndjson').save('{"d":"2026-12-01","n":10}\n')
    const [load] = await dataset.table('days$20261201').createLoadJob(bucket.file('rows.ndjson'), {
      sourceFormat: 'NEWLINE_DELIMITED_JSON',
      writeDisposition: 'WRITE_TRUNCATE',
    })
    await load.promise()
    t.same(await rows(), ['- 3', '2026-11-29 5', '2026-11-30 7', '2026-11-30 8', '2026-12-01 10'])
    t.equal((await days.getMetadata())[0].numRows, '5')
  },
)

t.test('the partitions of a table are read as a table, as Python’s list_partitions does', async (t) => {
  const { get, post, ask } = await openRest<Summary>(t)
  await ask('CREATE TABLE d.t (day DATE, n INT64) PARTITION BY day')
  await ask("INSERT d.t VALUES ('2026-03-05', 1), ('2026-03-04', 2), ('2026-03-04', 3), (NULL, 4)")
  const table = 'datasets/d/tables/t$__PARTITIONS_SUMMARY__'
  t.same(
    (await get(table)).schema?.fields.map(({ name }) => name),
    ['project_id', 'dataset_id', 'table_id', 'partition_id', 'creation_time', 'last_modified_time'],
  )
  const rows = async (rest: string) =>
    (await get(`${table}/data?${rest}`)).rows?.map(({ f }) => f.map(({ v }) => v))
  t.same(await rows('selectedFields=partition_id'), [['20260304'], ['20260305'], ['__NULL__']])
  t.same(await rows('selectedFields=table_id,partition_id&maxResults=1&startIndex=1'), [['t', '20260305']])
  t.match(await get('datasets/d/tables/u$__PARTITIONS_SUMMARY__'), { error: { code: 404 } })
  await post('datasets/d/tables', {
    tableReference: { tableId: 'plain' },
    schema: { fields: [{ name: 'n', type: 'INTEGER' }] },
  })
  t.match(await get('datasets/d/tables/plain$__PARTITIONS_SUMMARY__/data'), { totalRows: '0', rows: [] })
})
