import t from 'tap'
import { openClient } from '../../open-bigquery.ts'

async function open(t: { teardown: (done: () => Promise<void>) => void }) {
  const { root, bigquery, dataset } = await openClient(t)
  await dataset.createTable('t', {
    schema: [
      { name: 'id', type: 'INTEGER', mode: 'REQUIRED' },
      { name: 'x', type: 'FLOAT' },
    ],
  })
  const load = async (lines: object[], more: object) => {
    const destinationTable = { projectId: 'p', datasetId: 'd', tableId: 't' }
    const job = {
      configuration: { load: { destinationTable, sourceFormat: 'NEWLINE_DELIMITED_JSON', ...more } },
    }
    const text = lines.map((line) => JSON.stringify(line)).join('\n')
    const body = `--b\ncontent-type: application/json\n\n${JSON.stringify(job)}\n--b\ncontent-type: */*\n\n${text}\n--b--`
    const response = await fetch(`${root}/upload/bigquery/v2/projects/p/jobs?uploadType=multipart`, {
      method: 'POST',
      headers: { 'content-type': 'multipart/related; boundary=b' },
      body,
    })
    const { status } = (await response.json()) as { status: { errorResult?: { message: string } } }
    return status.errorResult?.message
  }
  const columns = async () =>
    (await dataset.table('t').getMetadata())[0] as { schema: { fields: { name: string; mode?: string }[] } }
  const rows = async () => (await bigquery.query('SELECT * FROM d.t ORDER BY x'))[0] as unknown[]
  return { load, columns, rows }
}

t.test('a load job adds columns where it may, those that it says and those that it finds', async (t) => {
  const { load, columns, rows } = await open(t)
  const schema = {
    fields: [
      { name: 'id', type: 'INTEGER', mode: 'REQUIRED' },
      { name: 'note', type: 'STRING' },
    ],
  }
  t.match(await load([{ id: 1, note: 'a' }], { schema }), /Cannot add fields \(field: note\)/)
  t.equal((await columns()).schema.fields.length, 2)
  const schemaUpdateOptions = ['ALLOW_FIELD_ADDITION']
  t.notOk(await load([{ id: 1, note: 'a' }], { schema, schemaUpdateOptions }))
  t.notOk(await load([{ id: 2, x: 1, more: true }], { autodetect: true, schemaUpdateOptions }))
  t.match(await columns(), {
    schema: { fields: [{ name: 'id' }, { name: 'x', type: 'FLOAT' }, { name: 'note' }, { name: 'more' }] },
  })
  t.same(await rows(), [
    { id: 1, x: null, note: 'a', more: null },
    { id: 2, x: 1, note: null, more: true },
  ])
})

t.test('a load job relaxes a column where it may', async (t) => {
  const { load, columns } = await open(t)
  const schema = {
    fields: [
      { name: 'id', type: 'INTEGER' },
      { name: 'x', type: 'FLOAT' },
    ],
  }
  t.match(await load([{ x: 1 }], { schema }), /Missing required field: id/)
  t.notOk(await load([{ x: 1 }], { schema, schemaUpdateOptions: ['ALLOW_FIELD_RELAXATION'] }))
  t.equal((await columns()).schema.fields[0]!.mode, 'NULLABLE')
  const truncated = {
    schema,
    schemaUpdateOptions: ['ALLOW_FIELD_RELAXATION'],
    writeDisposition: 'WRITE_TRUNCATE',
  }
  t.match(await load([{ x: 1 }], truncated), /only be specified with WRITE_APPEND/)
  t.match(await load([{ x: 1 }], { schema, schemaUpdateOptions: ['ALLOW_ALL'] }), /ALLOW_ALL/)
})
