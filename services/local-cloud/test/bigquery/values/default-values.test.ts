import t from 'tap'
import { openWriter } from '../../open-writer.ts'

const FIELDS = [
  { name: 'n', type: 'INTEGER', mode: 'REQUIRED' },
  { name: 'id', type: 'STRING', mode: 'REQUIRED', defaultValueExpression: 'GENERATE_UUID()' },
  { name: 'at', type: 'TIMESTAMP', defaultValueExpression: 'CURRENT_TIMESTAMP()' },
  { name: 'size', type: 'INTEGER', defaultValueExpression: '7' },
  { name: 'day', type: 'DATE', defaultValueExpression: "DATE '2026-01-02'" },
]

async function open(t: Parameters<typeof openWriter>[0]) {
  const { dataset, bigquery, ...opened } = await openWriter(t, undefined)
  const append = (fields: object[], rows: object[], options?: object) =>
    opened.append({ table: 't' }, rows, fields, options)
  const rows = async () =>
    (await bigquery.query('SELECT * FROM d.t ORDER BY 1'))[0] as Record<string, unknown>[]
  return { dataset, bigquery, append, rows }
}

const UUID = /^[0-9a-f-]{36}$/

t.test(
  'a column that a row does not name has its default: by insertAll, by SQL, by a writer that says so',
  async (t) => {
    const { dataset, bigquery, append, rows } = await open(t)
    const [table] = await dataset.createTable('t', { schema: { fields: FIELDS } })
    await table.insert([{ n: 1 }, { n: 2, size: null }])
    await bigquery.query('INSERT INTO d.t (n, size) VALUES (3, 8)')
    await append(FIELDS, [{ n: 4 }], {
      defaultMissingValueInterpretation: 'DEFAULT_VALUE',
      missingValueInterpretations: { size: 'NULL_VALUE' },
    })
    await append(FIELDS, [{ n: 5, id: 'mine' }])
    const all = await rows()
    t.match(all[0], { n: 1, id: UUID, at: { value: String }, size: 7, day: { value: '2026-01-02' } })
    t.match(all[1], { n: 2, id: UUID, size: null })
    t.match(all[2], { n: 3, id: UUID, at: { value: String }, size: 8, day: { value: '2026-01-02' } })
    t.match(all[3], { n: 4, id: UUID, at: { value: String }, size: null, day: { value: '2026-01-02' } })
    t.match(all[4], { n: 5, id: 'mine', at: null, size: null, day: null })
    const required = await append(FIELDS, [{ n: 6 }])
    t.match(
      required.error,
      { message: /^Errors found while processing rows/ },
      'id is REQUIRED, and nobody asked for its default',
    )
  },
)

t.test('a default that a column cannot have is refused', async (t) => {
  const { dataset } = await open(t)
  const create = (type: string, defaultValueExpression: string) =>
    dataset.createTable(`t_${type}`, {
      schema: { fields: [{ name: 'a', type, defaultValueExpression }] },
    })
  await t.rejects(create('INTEGER', "'x'"), { code: 400 })
  await t.rejects(create('DATE', 'CURRENT_TIMESTAMP()'), { code: 400 })
  await t.rejects(create('STRING', "CONCAT('a', 'b')"), { code: 501 })
  await t.rejects(create('GEOGRAPHY', "'POINT(1 2)'"), { code: 400, message: /column a of type GEOGRAPHY/ })
  await t.rejects(create('GEOGRAPHY', 'ST_GEOGPOINT(1, 91)'), { code: 400 })
  await t.rejects(create('GEOGRAPHY', 'ST_GEOGPOINT(RAND(), 2)'), { code: 501 })
  await t.rejects(create('INTEGER', 'ST_GEOGPOINT(1, 2)'), { code: 400 })
})

t.test('a writer names columns that protobuf cannot name', async (t) => {
  const { dataset, append, rows } = await open(t)
  const fields = [
    { name: '特別コラム', type: 'INTEGER', mode: 'REQUIRED' },
    { name: 'third-column', type: 'STRING', mode: 'NULLABLE' },
    {
      name: 'rr',
      type: 'RECORD',
      mode: 'NULLABLE',
      fields: [{ name: 'in-ner', type: 'STRING', mode: 'NULLABLE' }],
    },
  ]
  await dataset.createTable('t', { schema: { fields } })
  const row = { 特別コラム: 1, 'third-column': 'x', rr: { 'in-ner': 'y' } }
  t.notOk((await append(fields, [row])).error)
  t.same(await rows(), [row])
})

t.test('a point and a RANGE may be defaults', async (t) => {
  const { dataset, bigquery } = await open(t)
  await bigquery.query(
    `CREATE TABLE d.g (n INT64, p GEOGRAPHY DEFAULT ST_GEOGPOINT(-122.35, 47.62), r RANGE<DATE> DEFAULT RANGE<DATE> '[2026-01-02, NULL)')`,
  )
  await dataset.table('g').insert({ n: 1 })
  await bigquery.query('INSERT d.g (n, p) VALUES (2, DEFAULT)')
  const [rows] = await bigquery.query('SELECT ST_X(p) AS x, r FROM d.g ORDER BY n')
  const row = { x: -122.35, r: { start: { value: '2026-01-02' }, end: null } }
  t.match(rows, [row, row])
  for (const wrong of ["RANGE<DATETIME> '[2026-01-02, NULL)'", "RANGE<DATE> '[2026-01-32, NULL)'"])
    await t.rejects(bigquery.query(`CREATE TABLE d.h (r RANGE<DATE> DEFAULT ${wrong})`), { code: 400 })
})
