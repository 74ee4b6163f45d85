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
