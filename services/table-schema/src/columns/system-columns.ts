import { column, type Column } from './column.ts'

/** Top-level keys of an event that become system columns by a rule of the envelope and not by inference. */
export const ENVELOPE_KEYS = { id: 'event_id', date: 'event_date' } as const

/** The columns that every table has besides the event's own. Not taken from the event as they are. */
export const SYSTEM_COLUMNS: readonly Column[] = [
  column(ENVELOPE_KEYS.id, 'STRING'),
  column(ENVELOPE_KEYS.date, 'DATE'),
  // keys that no event has: an event's own `processed_timestamp` or `_unmapped` gets a column with a hashed name
  column('processed_timestamp', 'TIMESTAMP', { key: '\0processed_timestamp' }),
  column('_unmapped', 'JSON', { key: '\0_unmapped' }),
  column('_source', 'STRING', { key: '\0_source' }),
  column('_fingerprint', 'INT64', { key: '\0_fingerprint' }),
]

const BY_NAME = new Map(SYSTEM_COLUMNS.map((system) => [system.name, system]))

const SYSTEM_KEYS = new Set(SYSTEM_COLUMNS.map(({ key }) => key).filter((key) => key.startsWith('\0')))

/** Whether a column is the product's own: no key of an event is found by this one. */
export function isSystemKey(key: string): boolean {
  return SYSTEM_KEYS.has(key)
}

export function isEnvelopeKey(key: string): boolean {
  return key === ENVELOPE_KEYS.id || key === ENVELOPE_KEYS.date
}

/** Gives columns read back from a table the keys that their descriptions do not tell: those of the system columns. */
export function withSystemKeys(columns: readonly Column[]): readonly Column[] {
  return columns.map((read) => {
    const system = BY_NAME.get(read.name)
    return system ? { ...read, key: system.key } : read
  })
}
