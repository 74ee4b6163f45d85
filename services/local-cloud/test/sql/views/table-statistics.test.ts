import t from 'tap'
import { openClient } from '../../open-bigquery.ts'

t.test(
  '__TABLES__, TABLE_STORAGE and PARTITIONS tell how many rows there are, with those on their way',
  async (t) => {
    const { bigquery, dataset } = await openClient(t)
    const rows = async (query: string) => (await bigquery.query(query))[0] as object[]
    const [plain] = await dataset.createTable('plain', { schema: 'n:INTEGER,s:STRING' })
    await dataset.createTable('days', {
      schema: 'd:DATE,n:INTEGER',
      timePartitioning: { type: 'DAY', field: 'd' },
    })
    await dataset.createTable('ranges', {
      schema: { fields: [{ name: 'n', type: 'INTEGER' }] },
      rangePartitioning: { field: 'n', range: { start: '0', end: '100', interval: '10' } },
    })
    await dataset.createTable('empty', { schema: 'n:INTEGER' })
    await rows('CREATE VIEW d.v AS SELECT 1 AS n')
    await rows(
      "INSERT d.days (d, n) VALUES ('2026-11-30', 1), ('2026-11-30', 2), ('2026-12-01', 3), (NULL, 4)",
    )
    await rows('INSERT d.ranges (n) VALUES (5), (9), (15), (-1), (NULL)')
    await plain.insert([{ n: 1, s: 'ab' }, { n: 2 }])
    t.same(await rows('SELECT table_id, row_count, size_bytes, type FROM `p.d.__TABLES__` ORDER BY 1'), [
      { table_id: 'days', row_count: 4, size_bytes: 56, type: 1 },
      { table_id: 'empty', row_count: 0, size_bytes: 0, type: 1 },
      { table_id: 'plain', row_count: 2, size_bytes: 20, type: 1 },
      { table_id: 'ranges', row_count: 5, size_bytes: 32, type: 1 },
      { table_id: 'v', row_count: 0, size_bytes: 0, type: 2 },
    ])
    t.same(
      await rows(
        'SELECT table_name, partition_id, total_rows, total_logical_bytes FROM d.INFORMATION_SCHEMA.PARTITIONS WHERE total_rows > 0 ORDER BY 1, 2',
      ),
      [
        ['days', '20261130', 2, 32],
        ['days', '20261201', 1, 16],
        ['days', '__NULL__', 1, 8],
        ['plain', null, 2, 20],
        ['ranges', '0', 2, 16],
        ['ranges', '10', 1, 8],
        ['ranges', '__NULL__', 1, 0],
        ['ranges', '__UNPARTITIONED__', 1, 8],
      ].map(([table_name, partition_id, total_rows, total_logical_bytes]) => ({
        table_name,
        partition_id,
        total_rows,
        total_logical_bytes,
      })),
    )
    t.same(
      await rows(
        "SELECT table_name, total_rows, total_partitions, deleted FROM `region-us`.INFORMATION_SCHEMA.TABLE_STORAGE WHERE table_schema = 'd' AND total_rows > 0 ORDER BY 1",
      ),
      [
        { table_name: 'days', total_rows: 4, total_partitions: 3, deleted: false },
        { table_name: 'plain', total_rows: 2, total_partitions: 0, deleted: false },
        { table_name: 'ranges', total_rows: 5, total_partitions: 4, deleted: false },
      ],
    )
    t.same(await rows('SELECT table_name FROM `p.region-eu`.INFORMATION_SCHEMA.TABLES'), [])
    t.equal((await rows('SELECT table_name FROM `p.region-US`.INFORMATION_SCHEMA.TABLES')).length, 5)
    t.same(await rows('SELECT table_name FROM d.INFORMATION_SCHEMA.MATERIALIZED_VIEWS'), [])
    t.same(await rows('SELECT schema_name FROM `region-us`.INFORMATION_SCHEMA.SCHEMATA'), [
      { schema_name: 'd' },
    ])
    await bigquery.createDataset('none')
    t.same(await rows('SELECT * FROM none.__TABLES__'), [])
    await t.rejects(rows('SELECT * FROM nowhere.__TABLES__'), /Not found: Dataset/)
  },
)
