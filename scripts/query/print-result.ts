import { once } from 'node:events'
import { openProgress } from '../progress.ts'
import { csvHead, csvRow } from './as-csv.ts'
import { layoutFor, type Layout } from './as-table.ts'
import { runQuery, type Connection, type Field, type Result, type Row } from './bigquery-rest.ts'
import { recordJson } from './cell-text.ts'

export type Format = 'table' | 'json' | 'csv'

interface Output extends NodeJS.EventEmitter {
  readonly isTTY?: boolean
  readonly columns?: number
  write(text: string): boolean
}

const number = (count: number) => count.toLocaleString('en-US')
const rowsOf = (count: number) => `${number(count)} ${count === 1 ? 'row' : 'rows'}`

/** Runs a statement, prints every row of it, and says in the end how many there were. @throws Error as runQuery */
export async function printQuery(
  connection: Connection,
  sql: string,
  format: Format,
  output: Output = process.stdout,
): Promise<void> {
  const since = Date.now()
  const progress = openProgress('running the query')
  try {
    const result = await runQuery(connection, sql)
    await printRows(result, format, output, (read) =>
      progress.at(`reading rows, ${number(read)} of ${number(result.total)}`),
    )
    progress.done()
    const line = `${summary(result)} (${((Date.now() - since) / 1000).toFixed(2)} s)\n`
    // who reads JSON or CSV reads nothing else
    if (format === 'table') output.write(line)
    else if (result.affected !== undefined) process.stderr.write(line)
  } finally {
    progress.done()
  }
}

function summary({ fields, total, affected }: Result): string {
  if (affected !== undefined) return `${rowsOf(affected)} affected`
  return fields.length === 0 ? 'done' : rowsOf(total)
}

async function printRows(
  { fields, pages }: Result,
  format: Format,
  output: Output,
  told: (read: number) => void,
): Promise<void> {
  if (fields.length === 0) return
  const write = async (lines: readonly string[]) => {
    if (lines.length > 0 && !output.write(`${lines.join('\n')}\n`)) await once(output, 'drain')
  }
  if (format === 'csv') await write([csvHead(fields)])
  const screen = output.isTTY === true ? (output.columns ?? 80) : Infinity
  let layout: Layout | undefined
  let read = 0
  for await (const rows of pages) {
    layout ??= layoutFor(fields, rows, screen)
    await write(linesIn(format, fields, rows, layout))
    told((read += rows.length))
  }
}

function linesIn(format: Format, fields: readonly Field[], rows: readonly Row[], table: Layout): string[] {
  if (format === 'table') return table(rows)
  return rows.map((row) => (format === 'json' ? recordJson(fields, row.f) : csvRow(fields, row)))
}
