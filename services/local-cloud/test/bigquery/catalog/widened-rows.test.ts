import t from 'tap'
import { poll } from '../../../../../scripts/poll.ts'
import { openWriter } from '../../open-writer.ts'

const FIELDS = [
  { name: 'id', type: 'STRING' },
  { name: 'i', type: 'INTEGER' },
  { name: 'n', type: 'NUMERIC' },
  { name: 'f', type: 'NUMERIC' },
  { name: 'r', type: 'RECORD', fields: [{ name: 'c', type: 'NUMERIC' }] },
]
const NUMBERS = { i: '9223372036854775807', n: '-12345678.123456789', f: '1.5', r: { c: '0.000000001' } }
const WIDER = `ALTER TABLE d.t ALTER COLUMN i SET DATA TYPE BIGNUMERIC, ALTER COLUMN n SET DATA TYPE BIGNUMERIC,
  ALTER COLUMN f SET DATA TYPE FLOAT64, ALTER COLUMN r SET DATA TYPE STRUCT<c BIGNUMERIC>`

async function open(t: Parameters<typeof openWriter>[0]) {
  const { bigquery, ...opened } = await openWriter(t, FIELDS)
  const seen = async () => {
    const [rows] = await bigquery.query(`SELECT id, CAST(i AS STRING) AS i, CAST(n AS STRING) AS n, f,
      CAST(r.c AS STRING) AS c FROM d.t WHERE n < 0 AND i > 0 ORDER BY id`)
    return rows as Record<string, unknown>[]
  }
  return { bigquery, ...opened, seen }
}

const rowOf = (id: string) => ({ id, i: NUMBERS.i, n: NUMBERS.n, f: 1.5, c: NUMBERS.r.c })

t.test(
  'rows that were sent before their columns are widened, and come after, have the wider types',
  async (t) => {
    const { cloud, bigquery, append, seen } = await open(t)
    await append({ table: 't' }, [{ id: 'before', ...NUMBERS }])
    cloud.faults.set({ rules: [{ on: 'storage.append', do: 'late', ms: 500, every: 1 }] })
    await append({ table: 't' }, [{ id: 'late', ...NUMBERS }]).catch(() => {})
    await bigquery.query(WIDER)
    cloud.faults.clear()
    const rows = await poll(
      async () => {
        const all = await seen()
        return all.length > 1 ? all : undefined
      },
      { timeoutMs: 60_000, what: 'the late row' },
    )
    t.same(rows, [rowOf('before'), rowOf('late')])
  },
)

t.test(
  'rows that wait in a PENDING stream while their columns are widened have the wider types',
  async (t) => {
    const { bigquery, client, append, seen } = await open(t)
    const name = await client.createWriteStream({
      streamType: 'PENDING',
      destinationTable: 'projects/p/datasets/d/tables/t',
    })
    await append({ stream: name }, [{ id: 'pending', ...NUMBERS }])
    await bigquery.query(WIDER)
    const api = client.getClient()
    await api.finalizeWriteStream({ name })
    await api.batchCommitWriteStreams({ parent: 'projects/p/datasets/d/tables/t', writeStreams: [name] })
    t.same(await seen(), [rowOf('pending')])
  },
)
