import t from 'tap'
import { openClient } from '../../open-bigquery.ts'

t.test(
  'a job brings a table into the dataset of results, as ibis does, and SQL reads it there',
  async (t) => {
    const { bigquery, cloud, root } = await openClient(t)
    const [first] = await bigquery.createQueryJob('SELECT 1 AS n')
    await first.getQueryResults()
    const { datasetId = '' } = (
      first.metadata as { configuration: { query: { destinationTable: { datasetId?: string } } } }
    ).configuration.query.destinationTable
    const held = bigquery.dataset(datasetId)
    const load = (tableId: string) =>
      bigquery.createQueryJob({ query: `SELECT '${tableId}' AS name`, destination: held.table(tableId) })
    await Promise.all(['a', 'b'].map(async (tableId) => (await load(tableId))[0].getQueryResults()))
    const [rows] = await bigquery.query(
      `SELECT name FROM ${datasetId}.a UNION ALL SELECT name FROM ${datasetId}.b ORDER BY 1`,
    )
    t.same(rows, [{ name: 'a' }, { name: 'b' }])
    t.same((await held.table('a').getRows())[0], [{ name: 'a' }])
    t.match((await held.table('a').getMetadata())[0], { numRows: '1', expirationTime: /^\d+$/ })
    const [result] = await held.table(first.id!).getRows()
    t.same(result, [{ n: 1 }], 'results are there beside it')
    t.same(
      (await bigquery.getDatasets())[0].map(({ id }) => id),
      ['d'],
      'nobody is shown it',
    )
    await held.table('a').delete()
    await t.rejects(bigquery.query(`SELECT name FROM ${datasetId}.a`), /Not found/)
    await cloud.clock.advance(25 * 3_600_000)
    await fetch(`${root}/bigquery/v2/projects/p/datasets`)
    await t.rejects(bigquery.query(`SELECT name FROM ${datasetId}.b`), /Not found/, 'gone after a day')
  },
)
