import { shown } from '@tablestream/service-kit'
import type { CsvShape } from './formats/index.ts'
import type { Account } from './ledger.ts'
import type { BadRecord, Survey } from './survey.ts'
import type { SourceLetters } from './told-letters.ts'

const NUMBERS = ['records', 'landed', 'duplicates', 'dead letters'] as const
const WIDTH = 14

/** Of so many bad records the lines stand below what became of a source. */
export const MOST_SHOWN = 3

/** What is known of why records are dead letters. */
interface Reasons {
  /** Some of them. */
  readonly bad?: readonly BadRecord[]
  /** Of all that this process published. */
  readonly letters?: SourceLetters | undefined
}

/** What became of the records of a source, a line for each type, and what is wrong with the first bad ones. */
export function showAccounts(
  source: string,
  accounts: readonly Account[],
  { isOld = false, ...reasons }: { readonly isOld?: boolean } & Reasons = {},
): string {
  const before = isOld ? ' (was loaded before: nothing was done)' : ''
  const name = shown(source)
  if (accounts.every(({ records }) => records === 0)) return `${name}${before}: no records`
  const deadLetters = accounts.reduce((sum, each) => sum + each.deadLetters, 0)
  const why = isOld ? [] : reasonLines(deadLetters, reasons)
  return [`${name}${before}`, ...accountLines(accounts), ...why].join('\n')
}

/** The first dead letters, of each reason one before there are two of any, and the others by reason. */
function reasonLines(deadLetters: number, { bad = [], letters }: Reasons): readonly string[] {
  // a process that was killed before may have published some: then those of the survey are known
  const sum = [...(letters?.counts.values() ?? [])].reduce((all, each) => all + each, 0)
  const known = letters && sum > 0 && sum === deadLetters ? letters : undefined
  const first = known ? oneOfEach(known.first) : bad.slice(0, MOST_SHOWN)
  const left = deadLetters - first.length
  // where neither is known nobody published them yet
  if (left <= 0 || (!letters && first.length === 0)) return first.map(lineOfBad)
  const of = (reason: string) => first.filter(({ rejection }) => rejection.reason === reason).length
  const others = [...(known?.counts ?? [])].map(([reason, count]) => [reason, count - of(reason)] as const)
  const told = others.filter(([, count]) => count > 0)
  const by = told.map(([reason, count]) => `${count.toLocaleString('en')} ${reason}`).join(', ')
  const more = first.length > 0 ? 'more ' : ''
  const reasons = by === '' ? '' : ` (${by})`
  return [
    ...first.map(lineOfBad),
    `  ${left.toLocaleString('en')} ${more}dead letters${reasons}: see dead_letter_reasons`,
  ]
}

function oneOfEach(bad: readonly BadRecord[]): readonly BadRecord[] {
  const seen = new Set<string>()
  const ones = bad.filter(({ rejection: { reason } }) => !seen.has(reason) && seen.add(reason))
  const chosen = [...new Set([...ones, ...bad])].slice(0, MOST_SHOWN)
  return bad.filter((each) => chosen.includes(each))
}

/** A head, and a line for each type. */
export function accountLines(accounts: readonly Account[]): readonly string[] {
  const names = accounts.map(nameOf)
  const first = Math.max(...names.map(({ length }) => length), 8)
  const head = `${' '.repeat(first)}${NUMBERS.map((name) => name.padStart(WIDTH)).join('')}`
  const lines = accounts.map((account, index) => {
    const { records, landed, duplicates, deadLetters } = account
    const numbers = [records, landed, duplicates, deadLetters]
    return `${names[index]!.padEnd(first)}${numbers.map((count) => count.toLocaleString('en').padStart(WIDTH)).join('')}`
  })
  return [head, ...lines]
}

function nameOf({ eventType, table }: Account): string {
  if (eventType === '') return '(no event)'
  return shown(table === eventType || table === '' ? eventType : `${eventType} → ${table}`)
}

/** Whether each record has its one end. */
export function isComplete({ records, landed, duplicates, deadLetters }: Account): boolean {
  return records === landed + duplicates + deadLetters && Math.min(landed, duplicates, deadLetters) >= 0
}

/** What is wrong with the first bad records, one to a line. */
export function showBad({ bad, rejected, records }: Survey): string {
  if (rejected === 0) return ''
  return [
    `${rejected.toLocaleString('en')} of ${records.toLocaleString('en')} records are bad. The first:`,
    ...bad.map(lineOfBad),
  ].join('\n')
}

function lineOfBad({ where, eventType, rejection: { reason, path, message, value } }: BadRecord): string {
  const parts = [where, eventType, reason, path, message, value && `found ${value}`]
  return `  ${shown(parts.filter((part) => part !== '').join('  '))}`
}

/** How a file of CSV is read. Nothing in it says whether its first row is names: that is a guess by its cells. */
export function showCsv({ columns, hasHeader, delimiter }: CsvShape): string {
  const names = columns.length > 8 ? `${columns.slice(0, 8).join(', ')}, …` : columns.join(', ')
  const header = hasHeader
    ? `its first row is taken for the names of its columns, and is no record (if it is one: --columns)`
    : `no row of it is names`
  return `CSV with ${JSON.stringify(delimiter)} between fields; ${header}: ${shown(names)}`
}
