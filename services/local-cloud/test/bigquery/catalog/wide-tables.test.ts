import { readFileSync } from 'node:fs'
import { BigQuery } from '@google-cloud/bigquery'
import t from 'tap'
import { startProcess } from '../../local-cloud-process.ts'

const MOST_MB = 1000

t.test(
  'a table of 9,990 columns takes rows, gives them back, and leaves memory for others',
  { skip: process.platform !== 'linux' },
  async (t) => {
    process.env['METADATA_SERVER_DETECTION'] = 'none'
    const { child, bigqueryUrl, kill } = await startProcess([])
    t.teardown(() => kill('SIGKILL'))
    const bigquery = new BigQuery({ projectId: 'p', apiEndpoint: bigqueryUrl })
    const types = ['STRING', 'INTEGER', 'FLOAT', 'BYTES']
    const fields = Array.from({ length: 9990 }, (_, n) => ({ name: `k${n}`, type: types[n % types.length]! }))
    const row = Object.fromEntries(fields.map(({ name, type }, n) => [name, type === 'BYTES' ? 'AAEC' : n]))
    const [dataset] = await bigquery.createDataset('d')
    const [table] = await dataset.createTable('wide', { schema: { fields } })
    await table.insert([row, row])
    const [rows] = (await bigquery.query('SELECT k0, k1, k9986, k9987, k9988, k9989 FROM d.wide')) as [
      object[],
    ]
    const expected = {
      k0: '0',
      k1: 1,
      k9986: 9986,
      k9987: Buffer.from([0, 1, 2]),
      k9988: '9988',
      k9989: 9989,
    }
    t.same(rows, [expected, expected])
    const most = Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'))![1]) / 1024
    t.comment(`${Math.round(most)} MB at most`)
    t.ok(most < MOST_MB, `${Math.round(most)} MB`)
  },
)
