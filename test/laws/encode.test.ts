import fc from 'fast-check'
import { compileEncoder, rowBytes } from '@tablestream/stream-writer'
import {
  parseJson,
  plan,
  jsonColumnText,
  SYSTEM_COLUMNS,
  type Column,
  type JsonObject,
  type JsonValue,
} from '@tablestream/table-schema'
import t from 'tap'
import { cases } from '../long-tests.ts'
import { differences } from '../end-to-end/event-of-row.ts'
import type { StoredRecord, StoredValue } from '../end-to-end/read-table.ts'
import { rowDecoder } from './decode-row.ts'
import { event } from './events.ts'

const fingerprint = { low: -2, high: 3 }
const envelope = {
  eventId: 'id',
  source: 's',
  fingerprint,
  eventDay: 20_000,
  processedMicros: 1_700_000_000_000_000,
}
const REST: Readonly<Record<string, string>> = { INT64: 'INTEGER', FLOAT64: 'FLOAT', BOOL: 'BOOLEAN' }
const SYSTEM = new Set(SYSTEM_COLUMNS.map(({ name }) => name))

type Message = Record<string, unknown>

function recordOf(columns: readonly Column[], message: Message, skip = new Set<string>()): StoredRecord {
  const record = new Map<string, StoredValue>()
  for (const column of columns) {
    const value = Object.hasOwn(message, column.name) ? message[column.name] : undefined
    if (value !== undefined && !skip.has(column.name)) record.set(column.key, valueOf(column, value))
  }
  return record
}

function valueOf(column: Column, value: unknown): StoredValue {
  if (column.mode === 'REPEATED') {
    return {
      type: 'REPEATED',
      items: (value as unknown[]).map((item) => valueOf({ ...column, mode: 'NULLABLE' }, item)),
    }
  }
  if (column.type === 'RECORD')
    return { type: 'RECORD', record: recordOf(column.fields ?? [], value as Message) }
  const text =
    column.type === 'DATE' ? new Date(Number(value) * 86_400_000).toISOString().slice(0, 10) : String(value)
  return { type: REST[column.type] ?? column.type, text }
}

t.test('what was inferred from events is written by the encoder and read back equal', (t) => {
  fc.assert(
    fc.property(event, event, (one, two) => {
      const { columns } = plan(plan(undefined, one).columns, two)
      const { conflicts } = plan(columns, two)
      const { event_id: _, event_date: __, ...own } = two
      const unmapped: Record<string, JsonValue> = {}
      for (const { path, value } of conflicts) unmapped[path] = value
      const { row: encoded, complete } = compileEncoder(columns)(two, {
        ...envelope,
        unmapped: jsonColumnText(unmapped),
      })
      const message = rowDecoder(columns)(rowBytes(encoded))
      const row = {
        eventId: 'id',
        unmapped: parseJson(message['_unmapped'] as string) as JsonObject,
        record: recordOf(columns, message, SYSTEM),
      }
      const found = differences(own, row)
      if (found.length > 0) throw new Error(found.join('; '))
      return complete === (conflicts.length === 0)
    }),
    { numRuns: cases(3000) },
  )
  t.end()
})

t.test('the encoder is complete exactly when the plan has nothing to do', (t) => {
  fc.assert(
    fc.property(event, event, (one, two) => {
      const { columns } = plan(undefined, one)
      const { outcome, conflicts } = plan(columns, two)
      const { complete } = compileEncoder(columns)(two, envelope)
      return complete === (outcome === 'fits' && conflicts.length === 0)
    }),
    { numRuns: cases(3000) },
  )
  t.end()
})
