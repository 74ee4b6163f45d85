import type { Account, Ledger, LoadedSum, MissingEvent } from '@tablestream/ledger'
import { fitted, shown } from '../query/screen-text.ts'

const COLUMNS: readonly [title: string, (account: Account) => number][] = [
  ['messages', ({ messages }) => messages],
  ['landed', ({ landed }) => landed],
  ['duplicates', ({ duplicates }) => duplicates],
  ['replaced', ({ replaced }) => replaced],
  ['dead letters', ({ deadLettered }) => deadLettered],
  ['missing', ({ missing }) => missing],
  ['extra rows', ({ extraRows }) => extraRows],
  ['collisions', ({ collisions }) => collisions],
]

/** So much is shown of a type: it has a kilobyte at most, and a column of its own. */
const MOST_OF_TYPE = 60

/** What strangers wrote is on the way to a terminal: it obeys nothing of it. */
function shortType(eventType: string): string {
  return fitted(shown(eventType), MOST_OF_TYPE)
}

function told({
  eventType,
  eventId,
  source,
}: Pick<MissingEvent, 'eventType' | 'eventId' | 'source'>): string {
  const type = eventType === '' ? '(no event)' : shortType(eventType)
  return `${type}  event id ${shown(eventId)}${source === '' ? '' : `  source ${shown(source)}`}`
}

const LOADED: readonly [title: string, (sum: LoadedSum) => number][] = [
  ['loads', ({ loads }) => loads],
  ['records', ({ records }) => records],
  ['landed', ({ landed }) => landed],
  ['duplicates', ({ duplicates }) => duplicates],
  ['dead letters', ({ deadLetters }) => deadLetters],
]

function nameOf({ eventType, table }: Pick<LoadedSum, 'eventType' | 'table'>): string {
  if (eventType === '') return '(no event)'
  return eventType === table ? table : `${shortType(eventType)} → ${table}`
}

const NAME_WIDTH = 5
const CELL_WIDTH = 14

/** What each event type has, one a line, below the titles. */
function tableOf<Row extends Pick<LoadedSum, 'eventType' | 'table'>>(
  rows: readonly Row[],
  columns: readonly (readonly [title: string, read: (row: Row) => number])[],
  total?: readonly number[],
): string[] {
  const names = rows.map(nameOf)
  const width = names.reduce((most, { length }) => Math.max(most, length), NAME_WIDTH)
  const line = (name: string, cells: readonly (string | number)[]) =>
    name.padEnd(width) + cells.map((cell) => String(cell).padStart(CELL_WIDTH)).join('')
  const titles = columns.map(([title]) => title)
  const lines = rows.map((row, place) => {
    const cells = columns.map(([, read]) => read(row))
    return line(names[place]!, cells)
  })
  return [line('', titles), ...lines, ...(total === undefined ? [] : [line('total', total)])]
}

/** What came by loads, and is no message: a table of its own, line by line. */
export function linesOfLoads(loaded: readonly LoadedSum[]): string[] {
  return loaded.length === 0 ? [] : ['', 'beside the messages, by loads:', ...tableOf(loaded, LOADED)]
}

/** A ledger as people read it, line by line. */
export function linesOf({ accounts, missing, collisions, uncompared }: Ledger): string[] {
  const sum = (read: (account: Account) => number) =>
    accounts.reduce((total, account) => total + read(account), 0)
  const totals = COLUMNS.map(([, read]) => sum(read))
  const lines = tableOf(accounts, COLUMNS, totals)
  const byId = sum(({ landedById }) => landedById)
  if (byId > 0)
    lines.push('', `${byId} of those that landed are told by their id alone: their rows have no fingerprint`)
  if (missing.length > 0) lines.push('', 'messages without an end:')
  for (const { messages, messageId, publishTime, ...event } of missing) {
    const more = messages > 1 ? `, the first of ${messages}` : ''
    lines.push(`  ${told(event)}  message id ${shown(messageId)}${more}  published ${publishTime}`)
  }
  const unnamed = sum((each) => each.missing) - missing.reduce((total, { messages }) => total + messages, 0)
  if (unnamed > 0) lines.push(`  and ${unnamed} more`)
  if (collisions.length > 0) lines.push('', 'ids that different events of one source have:')
  for (const { contents, messages, messageIds, ...event } of collisions) {
    const more = messages > messageIds.length ? `, and ${messages - messageIds.length} more` : ''
    const ids = messageIds.map(shown).join(' ')
    lines.push(`  ${told(event)}  ${contents} events  message ids ${ids}${more}`)
  }
  const others = sum((each) => each.collisions) - collisions.length
  if (others > 0) lines.push(`  and ${others} more`)
  if (uncompared.length > 0) lines.push('', 'messages that cannot be compared, and may have no end:')
  for (const { messages, why } of uncompared) lines.push(`  ${messages}: ${shown(why)}`)
  return lines
}

/** Bytes as BigQuery bills them: by the TiB that a query reads. */
export function sizeOf(bytes: number): string {
  const units = ['bytes', 'KiB', 'MiB', 'GiB', 'TiB']
  const power = Math.min(Math.floor(Math.log2(Math.max(bytes, 1)) / 10), units.length - 1)
  return `${Number((bytes / 1024 ** power).toFixed(1))} ${units[power]}`
}
