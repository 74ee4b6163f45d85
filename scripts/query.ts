// `npm run query -- 'SELECT …'`: runs SQL on the BigQuery of npm start, and prints the rows; without SQL it asks for it.
import { text } from 'node:stream/consumers'
import { shownError } from '@tablestream/service-kit/shown'
import { readArguments, refuse } from './arguments.ts'
import { readEnvironmentFile } from './target/environment-file.ts'
import { localPort } from './target/local-ports.ts'
import { printQuery, type Format } from './query/print-result.ts'
import { openShell } from './query/shell.ts'

const NAME = 'npm run query'
const USAGE = `usage: npm run query [-- [--json | --csv] [SQL]]
Runs SQL on the BigQuery of npm start, and prints every row: as a table that fits the terminal, nested values as trees. --json prints one
JSON object a line, --csv a head and a line for each row. Without SQL it reads statements from the terminal, with history and completion,
or a statement from its standard input.
Examples: npm run query -- 'SELECT * FROM dev_events_dataset.orders LIMIT 5'
          npm run -s query -- --csv 'SELECT order_id, status FROM dev_events_dataset.orders' > orders.csv`

const { values, positionals } = readArguments({
  name: NAME,
  usage: USAGE,
  options: { json: { type: 'boolean', default: false }, csv: { type: 'boolean', default: false } },
  takesOthers: true,
})
if (values.json && values.csv) refuse(NAME, 'one of --json and --csv, and not both')
const format: Format = values.json ? 'json' : values.csv ? 'csv' : 'table'
// who reads only the first lines, as head does, closes the pipe: that is no error
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  process.exit(error.code === 'EPIPE' ? 0 : 1)
})

try {
  readEnvironmentFile()
  const connection = {
    host: process.env['BIGQUERY_EMULATOR_HOST'] || `http://localhost:${localPort('BigQuery')}`,
    project: process.env['PROJECT_ID'] || 'tablestream-local',
  }
  const sql = positionals.join(' ')
  if (sql === '' && process.stdin.isTTY)
    await openShell(connection, `${process.env['ENVIRONMENT'] || 'dev'}_events_dataset`, format)
  else {
    const statement = sql === '' ? await text(process.stdin) : sql
    if (statement.trim() === '') refuse(NAME, `SQL is missing\n${USAGE}`)
    await printQuery(connection, statement, format)
  }
} catch (error) {
  console.error(shownError(error))
  process.exitCode = 1
}
