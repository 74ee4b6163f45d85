import t from 'tap'
import { openClient } from '../../open-bigquery.ts'

t.test(
  'INFORMATION_SCHEMA tells when a table and its partitions go, and the default of a column',
  async (t) => {
    const { bigquery } = await openClient(t)
    const run = async (query: string) => (await bigquery.query(query))[0] as Record<string, unknown>[]
    await run(`CREATE TABLE d.t (id INT64 DEFAULT 5, at TIMESTAMP NOT NULL) PARTITION BY DATE(at)
    OPTIONS (partition_expiration_days = 3000, expiration_timestamp = TIMESTAMP '2099-01-02 03:04:05Z')`)
    const options = await run(
      'SELECT option_name, option_type, option_value FROM d.INFORMATION_SCHEMA.TABLE_OPTIONS ORDER BY 1',
    )
    t.same(
      options.map((option) => Object.values(option)),
      [
        ['expiration_timestamp', 'TIMESTAMP', 'TIMESTAMP "2099-01-02T03:04:05.000Z"'],
        ['partition_expiration_days', 'FLOAT64', '3000.0'],
      ],
    )
    await run('ALTER TABLE d.t SET OPTIONS (partition_expiration_days = 2999.5, expiration_timestamp = NULL)')
    t.same(await run('SELECT option_value FROM d.INFORMATION_SCHEMA.TABLE_OPTIONS'), [
      { option_value: '2999.5' },
    ])
    t.same(
      await run(`SELECT column_name, column_default, is_hidden, is_nullable, is_partitioning_column
      FROM d.INFORMATION_SCHEMA.COLUMNS ORDER BY ordinal_position`),
      [
        {
          column_name: 'id',
          column_default: '5',
          is_hidden: 'NO',
          is_nullable: 'YES',
          is_partitioning_column: 'NO',
        },
        {
          column_name: 'at',
          column_default: null,
          is_hidden: 'NO',
          is_nullable: 'NO',
          is_partitioning_column: 'YES',
        },
      ],
    )
  },
)

t.test('TABLES has the statement that makes each table and view anew', async (t) => {
  const { bigquery } = await openClient(t)
  const run = async (query: string) => (await bigquery.query(query))[0] as Record<string, unknown>[]
  const statements = [
    'CREATE TABLE d.a (id INT64 DEFAULT 5 NOT NULL OPTIONS (description = \'the "id"\'), s STRING(10), n NUMERIC(10, 2), `hash` BYTES, ' +
      'e ARRAY<STRUCT<k STRING NOT NULL, v STRUCT<f FLOAT64>>>, ts TIMESTAMP, r RANGE<DATE>, PRIMARY KEY (id) NOT ENFORCED) ' +
      'PARTITION BY DATE(ts) CLUSTER BY id, s ' +
      "OPTIONS (description = 'd', labels = [('a', 'b')], require_partition_filter = TRUE, partition_expiration_days = 3)",
    'CREATE TABLE d.b (x INT64) PARTITION BY RANGE_BUCKET(x, GENERATE_ARRAY(0, 100, 10))',
    'CREATE TABLE d.c (x DATE) PARTITION BY DATE_TRUNC(x, MONTH)',
    'CREATE TABLE d.e (x DATE, y INT64, FOREIGN KEY (y) REFERENCES d.a (id) NOT ENFORCED) PARTITION BY TIMESTAMP_TRUNC(_PARTITIONTIME, HOUR)',
    "CREATE EXTERNAL TABLE d.f (x STRING) OPTIONS (format = 'CSV', uris = ['gs://b/*'], skip_leading_rows = 1, field_delimiter = ';')",
    "CREATE VIEW d.v OPTIONS (description = 'x') AS SELECT 100 AS id",
    'CREATE MATERIALIZED VIEW d.w AS SELECT x FROM d.b',
  ]
  for (const statement of statements) await run(statement)
  const tables = () => run('SELECT table_name, table_type, ddl FROM d.INFORMATION_SCHEMA.TABLES ORDER BY 1')
  const before = await tables()
  t.same(
    before.map(({ table_type }) => table_type),
    ['BASE TABLE', 'BASE TABLE', 'BASE TABLE', 'BASE TABLE', 'EXTERNAL', 'VIEW', 'MATERIALIZED VIEW'],
  )
  t.equal(
    before[0]!['ddl'],
    `CREATE TABLE \`p.d.a\`
(
  id INT64 DEFAULT 5 NOT NULL OPTIONS(description="the \\"id\\""),
  s STRING(10),
  n NUMERIC(10, 2),
  \`hash\` BYTES,
  e ARRAY<STRUCT<k STRING NOT NULL, v STRUCT<f FLOAT64>>>,
  ts TIMESTAMP,
  r RANGE<DATE>,
  PRIMARY KEY (id) NOT ENFORCED
)
PARTITION BY DATE(ts)
CLUSTER BY id, s
OPTIONS(
  description="d",
  require_partition_filter=true,
  partition_expiration_days=3.0,
  labels=[("a", "b")]
);`,
  )
  t.equal(before[5]!['ddl'], 'CREATE VIEW `p.d.v`\nOPTIONS(\n  description="x"\n)\nAS SELECT 100 AS id;')
  const kinds: Readonly<Record<string, string>> = { 'BASE TABLE': 'TABLE', EXTERNAL: 'EXTERNAL TABLE' }
  for (const { table_name, table_type } of before.toReversed())
    await run(`DROP ${kinds[String(table_type)] ?? String(table_type)} d.${String(table_name)}`)
  t.same(await tables(), [])
  for (const { ddl } of before) await run(String(ddl))
  t.same(await tables(), before)
})
