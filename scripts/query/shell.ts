import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { shownError } from '@tablestream/service-kit/shown'
import { layoutFor } from './as-table.ts'
import type { Connection } from './bigquery-rest.ts'
import { completions, readNames, type Names } from './names.ts'
import { printQuery, type Format } from './print-result.ts'

const MOST_LINES = 1000
const PROMPT = 'sql> '
const MORE = '  -> '
const HELP = `A statement ends with a semicolon. The tab key completes tables, columns and words; the arrow keys go back in history.
  .tables           the tables of the dataset
  .columns TABLE    the columns of one
  .table .json .csv how rows are printed
  .exit             or Ctrl-D`

interface Shell {
  readonly connection: Connection
  readonly dataset: string
  format: Format
}

/** Where statements are read from and answers go to. */
export interface Terminal {
  readonly input: NodeJS.ReadableStream
  readonly output: NodeJS.WritableStream & { readonly isTTY?: boolean; readonly columns?: number }
}

/** Reads statements from the terminal until Ctrl-D, and prints what each answers. */
export async function openShell(
  connection: Connection,
  dataset: string,
  format: Format,
  { input, output }: Terminal = { input: process.stdin, output: process.stdout },
): Promise<void> {
  const say = (text: string) => void output.write(`${text}\n`)
  const shell: Shell = { connection, dataset, format }
  const names = await readNames(connection, dataset).catch((): Names => ({ words: [], tables: new Map() }))
  say(
    `${connection.host}, ${dataset}: ${[...names.tables.keys()].join(', ') || 'no table yet'}. .help tells more.`,
  )
  const history = historyFile()
  const lines = createInterface({
    input,
    output,
    terminal: true,
    prompt: PROMPT,
    historySize: MOST_LINES,
    history: readHistory(history),
    completer: (line: string) => completions(line, dataset, names),
  })
  lines.on('history', (all: string[]) => keepHistory(history, all))
  let statement = ''
  lines.on('SIGINT', () => {
    statement = ''
    lines.write(null, { ctrl: true, name: 'u' })
    say('')
    lines.setPrompt(PROMPT)
    lines.prompt()
  })
  lines.prompt()
  for await (const line of lines) {
    if (statement === '' && line.trim().startsWith('.')) {
      if (line.trim() === '.exit') break
      print(await command(line.trim(), shell), output, say)
    } else statement += `${statement === '' ? '' : '\n'}${line}`
    if (/;\s*$/.test(statement)) {
      await printQuery(connection, statement, shell.format, output).catch((error: Error) =>
        say(shownError(error)),
      )
      statement = ''
    }
    if (statement.trim() === '') statement = ''
    lines.setPrompt(statement === '' ? PROMPT : MORE)
    lines.prompt()
  }
  lines.close()
}

async function command(text: string, shell: Shell): Promise<string | readonly string[]> {
  const [name, table] = text.split(/\s+/)
  switch (name) {
    case '.json':
    case '.csv':
    case '.table':
      shell.format = name.slice(1) as Format
      return `rows are printed as ${shell.format}`
    case '.tables':
    case '.columns':
      return list(shell, name === '.columns' ? table : undefined)
    default:
      return HELP
  }
}

async function list(
  { connection, dataset }: Shell,
  table: string | undefined,
): Promise<string | readonly string[]> {
  try {
    const { tables } = await readNames(connection, dataset)
    return table === undefined ? [...tables.keys()] : (tables.get(table) ?? `there is no table ${table}`)
  } catch (error) {
    return shownError(error)
  }
}

function print(
  text: string | readonly string[],
  output: Terminal['output'],
  say: (text: string) => void,
): void {
  if (typeof text === 'string') return say(text)
  const rows = text.map((name) => ({ f: [{ v: name }] }))
  const fields = [{ name: 'name', type: 'STRING' }]
  for (const line of layoutFor(fields, rows, output.columns ?? 80)(rows)) say(line)
}

/** Outside of the data: beginning anew does not forget it. */
function historyFile(): string {
  const state = process.env['XDG_STATE_HOME'] || join(homedir(), '.local', 'state')
  return join(state, 'tablestream', 'query-history')
}

/** The newest first, as readline keeps it. */
function readHistory(file: string): string[] {
  try {
    return readFileSync(file, 'utf8').split('\n').filter(Boolean).slice(0, MOST_LINES)
  } catch {
    // there is none before the first time
    return []
  }
}

function keepHistory(file: string, lines: readonly string[]): void {
  try {
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, `${lines.join('\n')}\n`, { mode: 0o600 })
  } catch (error) {
    process.stderr.write(`the history is not kept: ${(error as Error).message}\n`)
  }
}
