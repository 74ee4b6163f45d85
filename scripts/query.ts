// `npm run query -- 'SELECT …'`: runs SQL on the local BigQuery and prints the rows, one JSON object a line.
import { readArguments, refuse } from './arguments.ts'
import { localPort } from './local-ports.ts'

interface Cell {
  readonly v: unknown
}
interface Field {
  readonly name: string
  readonly type: string
  readonly mode?: string
  readonly fields?: readonly Field[]
}
interface Answer {
  readonly schema?: { readonly fields?: readonly Field[] }
  readonly rows?: readonly { readonly f: readonly Cell[] }[]
  readonly error?: { readonly message: string }
}

const USAGE = `usage: npm run query -- SQL
Runs SQL on the BigQuery of npm start, and prints the rows, one JSON object a line.
Example: npm run query -- 'SELECT * FROM dev_events_dataset.orders LIMIT 5'`

const { positionals } = readArguments({ name: 'npm run query', usage: USAGE, options: {}, takesOthers: true })
const sql = positionals.join(' ')
if (sql === '') refuse('npm run query', `SQL is missing\n${USAGE}`)

const host = process.env['BIGQUERY_EMULATOR_HOST'] || `http://localhost:${localPort('BigQuery')}`
const project = process.env['PROJECT_ID'] || 'tablestream-local'
const response = await fetch(`${host}/bigquery/v2/projects/${project}/queries`, {
  method: 'POST',
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify({ query: sql, useLegacySql: false }),
}).catch((error: Error) => {
  console.error(
    `BigQuery does not answer at ${host}: is \`npm start\` running? (${(error.cause as Error | undefined)?.message ?? error.message})`,
  )
  process.exit(1)
})
const { schema, rows = [], error } = (await response.json()) as Answer
if (error) {
  console.error(error.message)
  process.exit(1)
}
for (const row of rows) console.log(record(schema?.fields ?? [], row.f))

// JSON text by hand: parsing and printing again would round large numbers
function record(fields: readonly Field[], cells: readonly Cell[]): string {
  return `{${fields.map((field, index) => `${JSON.stringify(field.name)}:${text(field, cells[index]?.v)}`).join(',')}}`
}

function text(field: Field, cell: unknown): string {
  if (cell === null || cell === undefined) return 'null'
  if (field.mode === 'REPEATED') {
    return `[${(cell as Cell[]).map(({ v }) => text({ ...field, mode: 'NULLABLE' }, v)).join(',')}]`
  }
  switch (field.type) {
    case 'RECORD':
      return record(field.fields ?? [], (cell as { f: Cell[] }).f)
    case 'INTEGER':
    case 'BOOLEAN':
    case 'JSON':
      return cell as string
    case 'FLOAT':
      return Number.isFinite(Number(cell)) ? (cell as string) : JSON.stringify(cell)
    case 'TIMESTAMP':
      return JSON.stringify(new Date(Number(cell) * 1000).toISOString())
    default:
      return JSON.stringify(cell)
  }
}
