import { Storage } from '@google-cloud/storage'
import t from 'tap'
import { openClient } from './open-bigquery.ts'

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
