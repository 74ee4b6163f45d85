// `npm run sample-data -- FOLDER`: files of the shop that event-generator simulates, as its own systems would write them.
import { momentOf } from '@tablestream/table-schema'
import { countOf, fail, readArguments, refuse } from './arguments.ts'
import { writeSample, type SampleFile } from './sample-data/sample-files.ts'

const USAGE = `usage: npm run sample-data -- FOLDER [--customers N] [--days N] [--seed N] [--start TIME] [--dirt SHARE]
                           [--transactions csv|ndjson]
Writes FOLDER/raw/{customers.csv, products.json, transactions.csv.gz, user_events.ndjson}: files of the shop that event-generator
simulates, for the batch jobs (npm run batch). Who asks event-generator for the same seed, start and customers gets the events of the same
shop: same customers, products, orders, and the ids of the same steps. Same options, same files, byte for byte.
--customers: people that may come (default 2000); twice as many, twice the records. --days: how long (default 7). --start: RFC 3339
(default: midnight UTC, that many days ago). --dirt: share of the records that are dirty, 0 to 1 (default 0): empty fields, duplicates,
wrong types, broken lines; FOLDER/labels.ndjson says of each its file, line and what must become of it. --transactions: CSV or lines of
JSON
Example: npm run sample-data -- .sample --customers 200 --days 2 --seed 7 --dirt 0.02`

const DAY_MS = 24 * 3600 * 1000

async function sampleData(): Promise<void> {
  const { values, positionals } = readArguments({
    name: 'npm run sample-data',
    usage: USAGE,
    options: {
      customers: { type: 'string', default: '2000' },
      days: { type: 'string', default: '7' },
      seed: { type: 'string', default: '1' },
      start: { type: 'string' },
      dirt: { type: 'string', default: '0' },
      transactions: { type: 'string', default: 'csv' },
    },
    takesOthers: true,
  })
  const [folder, ...others] = positionals
  if (folder === undefined || others.length > 0)
    refuse('npm run sample-data', `it takes one folder\n${USAGE}`)
  const days = countOf('--days', values.days)
  const seed = countOf('--seed', values.seed)
  const customers = countOf('--customers', values.customers)
  const dirt = Number(values.dirt)
  if (!(dirt >= 0 && dirt <= 1)) throw new Error(`--dirt is a share from 0 to 1, but is "${values.dirt}"`)
  const { transactions } = values
  if (transactions !== 'csv' && transactions !== 'ndjson')
    throw new Error(`--transactions is csv or ndjson, but is "${transactions}"`)
  const midnight = Math.floor(Date.now() / DAY_MS) * DAY_MS
  const began = values.start === undefined ? midnight - days * DAY_MS : momentOf(values.start)
  if (began === undefined)
    throw new Error(`--start is a time in RFC 3339, with Z or its offset, but is "${values.start}"`)
  const start = new Date(began)

  const files = await writeSample({ folder, seed, start, days, customers, dirt, transactions })
  for (const file of files) console.log(shown(file))
  console.log(`labels.ndjson names each dirty line, and what must become of it`)
  const story = `seed=${seed}&start=${start.toISOString()}&customers=${customers}`
  console.log(`The first 1,000 orders of the same shop, as events:
  curl -X POST 'http://localhost:8080/generate/order?count=1000&${story}'`)
}

function shown({ path, rows, dirty }: SampleFile): string {
  const kinds = Object.entries(dirty).map(([kind, count]) => `${count} × ${kind}`)
  const among = kinds.length === 0 ? '' : `  dirty: ${kinds.join(', ')}`
  return `${path.padEnd(28)}${rows.toLocaleString('en-US').padStart(12)} rows${among}`
}

try {
  await sampleData()
} catch (error) {
  fail('npm run sample-data', error)
}
