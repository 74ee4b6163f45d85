import t from 'tap'
import { openRest } from '../../open-bigquery.ts'

interface Answer {
  readonly rows?: readonly { readonly f: readonly { readonly v: string | null }[] }[]
  readonly schema?: { readonly fields: readonly { readonly name: string; readonly type: string }[] }
  readonly etag?: string
  readonly error?: { readonly message: string }
}

async function open(t: { teardown: (done: () => Promise<void>) => void }) {
  const { ask, get } = await openRest<Answer>(t)
  const run = async (query: string) => {
    const { error, rows } = await ask(query)
    return error?.message ?? (rows ?? []).map(({ f }) => f.map(({ v }) => v).join(' | '))
  }
  const columns = async () =>
    (await get('datasets/d/tables/t')).schema!.fields.map(({ name, type }) => `${name} ${type}`)
  return { run, columns, etag: async () => (await get('datasets/d/tables/t')).etag }
}

t.test('an ALTER TABLE does one action after another, of all kinds', async (t) => {
  const { run, columns } = await open(t)
  await run('CREATE TABLE d.t (a INT64 NOT NULL, b STRING, c INT64)')
  await run("INSERT d.t VALUES (1, 'x', 2)")
  t.same(
    await run(`ALTER TABLE d.t ADD COLUMN e STRING, ADD COLUMN f STRUCT<g INT64>, DROP COLUMN c,
      ALTER COLUMN a SET DATA TYPE NUMERIC, ALTER COLUMN a DROP NOT NULL, RENAME COLUMN e TO c,
      ALTER COLUMN IF EXISTS nothing SET OPTIONS (description = 'x'), SET OPTIONS (description = 'all')`),
    [],
  )
  t.same(await columns(), ['a NUMERIC', 'b STRING', 'c STRING', 'f RECORD'])
  await run("INSERT d.t VALUES (NULL, 'y', 'new', STRUCT(3))")
  t.same(await run('SELECT a, b, c, f.g FROM d.t ORDER BY b'), ['1 | x |  | ', ' | y | new | 3'])
})

t.test('two columns change their names in one ALTER TABLE', async (t) => {
  const { run } = await open(t)
  await run('CREATE TABLE d.t AS SELECT 1 AS a, 2 AS b')
  const swap = 'ALTER TABLE d.t RENAME COLUMN a TO x, RENAME COLUMN b TO a, RENAME COLUMN x TO b'
  t.same(await run(swap), [])
  t.same(await run('SELECT a, b FROM d.t'), ['2 | 1'])
  t.match(await run('ALTER TABLE d.t RENAME COLUMN a TO B'), /Column already exists/)
})

t.test('where one action of an ALTER TABLE cannot be done none is', async (t) => {
  const { run, columns, etag } = await open(t)
  await run('CREATE TABLE d.t (a INT64, b STRING) CLUSTER BY b')
  const before = await etag()
  for (const [actions, message] of [
    ['ADD COLUMN c INT64, DROP COLUMN nothing', /Column not found: nothing/],
    ['ADD COLUMN c INT64, DROP COLUMN b', /to cluster by/],
    ['DROP COLUMN a, ALTER COLUMN a SET DATA TYPE NUMERIC', /Column not found: a/],
    ['ADD COLUMN c INT64, ADD COLUMN A STRING', /Column already exists: A/],
    ['RENAME COLUMN a TO c, ALTER COLUMN c SET DATA TYPE STRING', /is assignable/],
    ['DROP COLUMN a, RENAME TO u', /RENAME TO beside other actions/],
  ] as const)
    t.match(await run(`ALTER TABLE d.t ${actions}`), message, actions)
  t.same(await columns(), ['a INTEGER', 'b STRING'])
  t.equal(await etag(), before)
})

t.test('an ALTER TABLE with many actions is one change of the table', async (t) => {
  const { run, columns } = await open(t)
  await run('CREATE TABLE d.t (a INT64)')
  const many = Array.from({ length: 60 }, (_, index) => `ADD COLUMN c${index} INT64`)
  t.same(await run(`ALTER TABLE d.t ${many.join(', ')}, DROP COLUMN c0, ADD COLUMN c0 STRING`), [])
  t.equal((await columns()).length, 61)
  t.equal((await columns()).at(-1), 'c0 STRING')
})

t.test('a column gets a default, another one and none, for rows that come from then on', async (t) => {
  const { run } = await open(t)
  await run('CREATE TABLE d.t (id INT64, a STRING)')
  await run('INSERT d.t (id) VALUES (1)')
  t.same(await run(`ALTER TABLE d.t ALTER COLUMN a SET DEFAULT 'x', ADD COLUMN n INT64`), [])
  t.same(await run('ALTER TABLE d.t ALTER COLUMN n SET DEFAULT -5'), [])
  await run('INSERT d.t (id) VALUES (2)')
  t.same(await run('ALTER TABLE d.t ALTER COLUMN n DROP DEFAULT, ALTER COLUMN a SET DEFAULT "y"'), [])
  await run('INSERT d.t (id) VALUES (3)')
  t.match(await run('ALTER TABLE d.t ALTER COLUMN n SET DEFAULT "z"'), /Invalid default value expression/)
  t.match(await run('ALTER TABLE d.t ALTER COLUMN nothing SET DEFAULT 1'), /Column not found: nothing/)
  await run('INSERT d.t (id) VALUES (4)')
  t.same(await run('SELECT id, a, n FROM d.t ORDER BY id'), ['1 |  | ', '2 | x | -5', '3 | y | ', '4 | y | '])
  await run(`CREATE TABLE d.u (id INT64, a STRING DEFAULT "it's")`)
  await run('INSERT d.u (id) VALUES (5)')
  t.same(await run('SELECT a FROM d.u'), [`it's`])
  const shown = `SELECT table_name, column_default FROM d.INFORMATION_SCHEMA.COLUMNS WHERE column_name = 'a' ORDER BY 1`
  t.same(await run(shown), [`t | 'y'`, `u | "it's"`], 'as most people write it')
})

t.test('ALTER TABLE adds and drops keys', async (t) => {
  const { ask, get } = await openRest<Answer & { tableConstraints?: unknown }>(t)
  const run = async (query: string) => (await ask(query)).error?.message ?? 'done'
  const listed = `SELECT STRING_AGG(CONCAT(LTRIM(constraint_name, 't.'), ' ', constraint_type), ', ' ORDER BY constraint_name)
    FROM d.INFORMATION_SCHEMA.TABLE_CONSTRAINTS WHERE table_name = 't'`
  const keys = async () => (await ask(listed)).rows![0]!.f[0]!.v
  // one with partitions may change more often
  await run('CREATE TABLE d.t (a INT64, b STRING, c FLOAT64, day DATE) PARTITION BY day')
  await run('CREATE TABLE d.u (b STRING, PRIMARY KEY (b) NOT ENFORCED)')
  t.equal(
    await run(
      'ALTER TABLE d.t ADD PRIMARY KEY (a) NOT ENFORCED, ADD FOREIGN KEY (b) REFERENCES d.u (b) NOT ENFORCED',
    ),
    'done',
  )
  t.equal(await keys(), 'fk$1 FOREIGN KEY, pk$ PRIMARY KEY')
  t.same((await get('datasets/d/tables/t')).tableConstraints, {
    primaryKey: { columns: ['a'] },
    foreignKeys: [
      {
        name: 'fk$1',
        referencedTable: { projectId: 'p', datasetId: 'd', tableId: 'u' },
        columnReferences: [{ referencingColumn: 'b', referencedColumn: 'b' }],
      },
    ],
  })
  const named = 'FOREIGN KEY (b) REFERENCES d.u (b) NOT ENFORCED'
  t.equal(await run(`ALTER TABLE d.t ADD CONSTRAINT mine ${named}`), 'done')
  t.equal(await run(`ALTER TABLE d.t ADD CONSTRAINT IF NOT EXISTS mine ${named}`), 'done')
  t.match(await run(`ALTER TABLE d.t ADD CONSTRAINT mine ${named}`), /There is a constraint mine/)
  t.equal(await run('ALTER TABLE d.t DROP CONSTRAINT `fk$1`, DROP PRIMARY KEY'), 'done')
  t.equal(await keys(), 'mine FOREIGN KEY')
  t.equal(await run(`ALTER TABLE d.t ADD ${named}, ADD PRIMARY KEY (a, b) NOT ENFORCED`), 'done')
  t.equal(await keys(), 'fk$1 FOREIGN KEY, mine FOREIGN KEY, pk$ PRIMARY KEY')
  const refused = {
    'ADD PRIMARY KEY (a) NOT ENFORCED': /There is a primary key/,
    'ADD PRIMARY KEY (a)': /NOT ENFORCED/,
    'DROP CONSTRAINT nobody': /There is no constraint nobody/,
    'ADD FOREIGN KEY (b) REFERENCES d.none (b) NOT ENFORCED': /Not found: Table p:d.none/,
    'ADD FOREIGN KEY (c) REFERENCES d.u (b) NOT ENFORCED': /The column c cannot be part of a foreign key/,
    'DROP PRIMARY KEY, DROP PRIMARY KEY': /There is no primary key/,
    'ADD CONSTRAINT x INT64': /Expected PRIMARY KEY or FOREIGN KEY/,
  }
  for (const [action, words] of Object.entries(refused))
    t.match(await run(`ALTER TABLE d.t ${action}`), words, action)
  t.equal(
    await run(
      'ALTER TABLE d.t DROP CONSTRAINT IF EXISTS nobody, DROP PRIMARY KEY, DROP PRIMARY KEY IF EXISTS',
    ),
    'done',
  )
  t.equal(await keys(), 'fk$1 FOREIGN KEY, mine FOREIGN KEY')
})
