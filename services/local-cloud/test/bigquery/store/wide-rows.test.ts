import { readFileSync } from 'node:fs'
import t from 'tap'
import { startProcess } from '../../local-cloud-process.ts'

/** By hand `WIDE_COLUMNS=9000`: nearly as many as a table has room for. */
const COLUMNS = Number(process.env['WIDE_COLUMNS'] ?? 3000)
const ROWS = 60
const ROWS_A_REQUEST = 20
/** MB for each 1,000 columns: DuckDB has room for 2,048 values of each in every step of a statement. */
const MOST_MB = 70

interface Answer {
  readonly rows?: readonly { readonly f: readonly { readonly v: unknown }[] }[]
  readonly pageToken?: string
  readonly jobReference?: { readonly jobId: string }
}

const TYPES = ['STRING', 'INT64', 'FLOAT64', 'TIMESTAMP', 'BOOL', 'JSON']
const fields = Array.from({ length: COLUMNS }, (_, n) => ({
  name: `column_${n}`,
  type: TYPES[n % TYPES.length]!,
  mode: n % 97 === 0 ? 'REPEATED' : 'NULLABLE',
}))
const sent = (n: number, row: number) =>
  [`text ${row} of ${n}`, n * row, n / (row + 1), '2026-01-01T00:00:00Z', row % 2 === 0, '{"a":1}'][n % 6]
/** As REST answers it. */
const read = (n: number, row: number) => (n % 6 === 3 ? '1767225600000000' : String(sent(n, row)))

t.test(
  `rows of ${COLUMNS} columns are read whole, and take little memory`,
  { timeout: 480_000 },
  async (t) => {
    const { child, bigqueryUrl, kill } = await startProcess([])
    t.teardown(() => kill('SIGKILL'))
    /** The most that the process has held, in MB. */
    const most = () =>
      Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'))![1]) / 1024
    const ask = async (path: string, body?: object): Promise<Answer> => {
      const init = { method: 'POST', headers: { 'content-type': 'application/json' } }
      const response = await fetch(
        `${bigqueryUrl}/bigquery/v2/projects/p${path}`,
        body && { ...init, body: JSON.stringify(body) },
      )
      if (!response.ok) throw new Error(await response.text())
      return (await response.json()) as Answer
    }
    await ask('/datasets', { datasetReference: { datasetId: 'd' } })
    await ask('/datasets/d/tables', { tableReference: { tableId: 't' }, schema: { fields } })
    for (let first = 0; first < ROWS; first += ROWS_A_REQUEST) {
      const rows = Array.from({ length: ROWS_A_REQUEST }, (_, index) => ({
        json: Object.fromEntries(
          fields.map(({ name, mode }, n) => {
            const value = sent(n, first + index)
            return [name, mode === 'REPEATED' ? [value] : value]
          }),
        ),
      }))
      await ask('/datasets/d/tables/t/insertAll', { rows })
    }
    const before = most()
    let began = performance.now()
    const told = (what: string) => {
      const ms = Math.round(performance.now() - began)
      t.comment(`${what}: ${ms} ms, at most ${Math.round(most())} MB, ${Math.round(most() - before)} more`)
      began = performance.now()
    }
    const query = { useLegacySql: false, timeoutMs: 200_000 }
    const counted = await ask('/queries', { ...query, query: 'SELECT COUNT(*) FROM d.t' })
    t.equal(counted.rows![0]!.f[0]!.v, String(ROWS))
    told('rows brought in')
    let page = await ask('/queries', { ...query, query: 'SELECT * FROM d.t' })
    const path = `/queries/${page.jobReference!.jobId}?formatOptions.useInt64Timestamp=true&pageToken=`
    const first = await ask(`${path}0`)
    page = first
    const rows = [...first.rows!]
    for (; page.pageToken !== undefined; rows.push(...page.rows!)) page = await ask(path + page.pageToken)
    told('rows read')
    t.ok(most() - before < (MOST_MB * COLUMNS) / 1000, `${Math.round(most() - before)} MB more than before`)
    t.equal(rows.length, ROWS)
    // of all rows the same mistake would be told thousands of times
    for (const row of [0, 1, ROWS - 1]) {
      const wrong = fields.filter(({ mode }, n) => {
        const { v } = rows[row]!.f[n]!
        const value = mode === 'REPEATED' ? (v as { v: unknown }[])[0]!.v : v
        return value !== read(n, row)
      })
      t.same(wrong.slice(0, 3), [], `row ${row}`)
    }
  },
)
