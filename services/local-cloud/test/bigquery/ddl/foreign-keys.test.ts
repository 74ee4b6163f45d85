import t from 'tap'
import { openRest } from '../../open-bigquery.ts'

interface Answer {
  readonly rows?: readonly { readonly f: readonly { readonly v: string | null }[] }[]
  readonly tableConstraints?: object
  readonly error?: { readonly message: string }
}

async function open(t: { teardown: (done: () => Promise<void>) => void }) {
  const { ask, get, post } = await openRest<Answer>(t)
  const run = async (query: string) => {
    const { error, rows } = await ask(query)
    return error?.message ?? (rows ?? []).map(({ f }) => f.map(({ v }) => v).join(' | '))
  }
  const constraints = async (table: string) => (await get(`datasets/d/tables/${table}`)).tableConstraints
  return { run, constraints, post }
}

const table = (tableId: string) => ({ projectId: 'p', datasetId: 'd', tableId })
const key = (name: string, to: string, ...columns: [string, string][]) => ({
  name,
  referencedTable: table(to),
  columnReferences: columns.map(([referencingColumn, referencedColumn]) => ({
    referencingColumn,
    referencedColumn,
  })),
})

t.test('keys are kept as CREATE TABLE says them, of the table and of one column', async (t) => {
  const { run, constraints } = await open(t)
  t.same(await run('CREATE TABLE d.a (id INT64 NOT NULL PRIMARY KEY NOT ENFORCED, x STRING)'), [])
  t.same(await constraints('a'), { primaryKey: { columns: ['id'] } })
  t.same(await run('CREATE TABLE d.b (k STRING, l INT64, PRIMARY KEY (k, l) NOT ENFORCED)'), [])
  t.same(
    await run(`CREATE TABLE d.c (id INT64 REFERENCES d.a(id) NOT ENFORCED NOT NULL, k STRING, l INT64 DEFAULT 1,
      PRIMARY KEY (id) NOT ENFORCED, CONSTRAINT two FOREIGN KEY (k, l) REFERENCES \`p.d.b\` (k, l) NOT ENFORCED)`),
    [],
  )
  t.same(await constraints('c'), {
    primaryKey: { columns: ['id'] },
    foreignKeys: [key('fk$1', 'a', ['id', 'id']), key('two', 'b', ['k', 'k'], ['l', 'l'])],
  })
  const views = 'd.INFORMATION_SCHEMA'
  t.same(
    await run(
      `SELECT constraint_name, constraint_type FROM ${views}.TABLE_CONSTRAINTS WHERE table_name = 'c' ORDER BY 1`,
    ),
    ['c.fk$1 | FOREIGN KEY', 'c.pk$ | PRIMARY KEY', 'c.two | FOREIGN KEY'],
  )
  t.same(
    await run(`SELECT column_name, ordinal_position, position_in_unique_constraint FROM ${views}.KEY_COLUMN_USAGE
      WHERE constraint_name = 'c.two' ORDER BY 2`),
    ['k | 1 | 1', 'l | 2 | 2'],
  )
  t.same(
    await run(
      `SELECT table_name, column_name FROM ${views}.CONSTRAINT_COLUMN_USAGE WHERE constraint_name = 'c.two'`,
    ),
    ['b | k', 'b | l'],
  )
  t.match(await run('ALTER TABLE d.c DROP COLUMN k'), /of a key/)
})

t.test('a foreign key that refers to no primary key is refused', async (t) => {
  const { run, post } = await open(t)
  await run('CREATE TABLE d.a (id INT64, x INT64, PRIMARY KEY (id) NOT ENFORCED)')
  const fails = async (rest: string, message: RegExp) =>
    t.match(await run(`CREATE TABLE d.b (x INT64, ${rest})`), message, rest)
  await fails('FOREIGN KEY (x) REFERENCES d.nowhere (id) NOT ENFORCED', /Not found: Table p:d\.nowhere/)
  await fails('FOREIGN KEY (x) REFERENCES d.a (x) NOT ENFORCED', /\(id\), not \(x\)/)
  await fails('FOREIGN KEY (y) REFERENCES d.a (id) NOT ENFORCED', /column y cannot be part of a foreign key/)
  await fails('FOREIGN KEY (x) REFERENCES d.a (id)', /NOT ENFORCED/)
  await fails('PRIMARY KEY (x) NOT ENFORCED, PRIMARY KEY (x) NOT ENFORCED', /Multiple PRIMARY KEY/)
  const made = await post('datasets/d/tables', {
    tableReference: table('c'),
    schema: { fields: [{ name: 'x', type: 'INTEGER' }] },
    tableConstraints: { foreignKeys: [key('own', 'a', ['x', 'id'])] },
  })
  t.same(made.tableConstraints, { foreignKeys: [key('own', 'a', ['x', 'id'])] })
})
