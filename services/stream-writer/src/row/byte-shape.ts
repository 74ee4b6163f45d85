import { ENVELOPE_KEYS, type Column, type JsonSchema } from '@tablestream/table-schema'
import { keyOf, type Key } from './byte-cursor.ts'
import { allowsText, FREE, isKnown, rulesOf, type Rules } from './contract-rules.ts'

/** What the byte path does with the value of a field. */
export const KIND = {
  STRING: 0,
  INT64: 1,
  FLOAT64: 2,
  BOOL: 3,
  TIMESTAMP: 4,
  DATE: 5,
  RECORD: 6,
  TIME: 7,
  OTHER: 8,
} as const
export type Kind = (typeof KIND)[keyof typeof KIND]

/** What a field is to the envelope beside a value of the row. */
export const ROLE = { NONE: 0, EVENT_TYPE: 1, EVENT_ID: 2, EVENT_DATE: 3, EVENT_TIME: 4 } as const
export type Role = (typeof ROLE)[keyof typeof ROLE]

/** A column, as the byte path reads it. */
export interface Field {
  readonly name: string
  readonly key: Key
  readonly kind: Kind
  readonly tag: number
  readonly isRepeated: boolean
  readonly isRequired: boolean
  readonly record: Shape | undefined
  readonly role: Role
  /** Of fields that tell when an event happened: the lowest counts. */
  readonly rank: number
  readonly rules: Rules
  /** The record that it was seen in last: a key that comes twice is for the slow path. */
  seen: number
  /** The field that followed the last time: events of a type mostly have one order. */
  next: Field | undefined
}

export interface Shape {
  readonly byKey: ReadonlyMap<string, Field>
  /** How many fields are required. */
  readonly required: number
  readonly first: Field | undefined
}

export interface EnvelopeFields {
  /** The field that names the type, */
  readonly typeField: string
  /** and what it says. */
  readonly eventType: string
  /** Fields that tell when an event happened, first match first. */
  readonly timeFields: readonly string[]
}

const KINDS: Readonly<Record<string, Kind>> = KIND
const WIRE: Readonly<Record<Kind, number>> = { 0: 2, 1: 0, 2: 1, 3: 0, 4: 0, 5: 0, 6: 2, 7: 2, 8: 0 }

/**
 * The shape of a table's events; undefined where the byte path could judge them otherwise than the slow one would: a
 * contract with rules that it does not know, or whose types are not the table's.
 *
 * @param schema the contract of the event type, where there is one
 */
export function eventShape(
  columns: readonly Column[],
  schema: JsonSchema | undefined,
  envelope: EnvelopeFields,
): Shape | undefined {
  // a text may be a time all the same
  const clash = columns.some(({ key, type }) => envelope.timeFields.includes(key) && type === 'STRING')
  return clash ? undefined : shapeOf(columns, schema, envelope)
}

/** What the contract says of a field; a column may have a name that every object has, as `constructor`. */
function fieldSchema(schema: JsonSchema | undefined, name: string): JsonSchema | undefined {
  const properties = schema?.properties
  return properties && Object.hasOwn(properties, name) ? properties[name] : undefined
}

/** Keys and types that JSON writes with other bytes than their own, and the character that stands for bytes that are no text. */
// oxlint-disable-next-line no-control-regex
const OTHER_BYTES = /["\\\0-\x1f\ufffd]/

function shapeOf(
  columns: readonly Column[],
  schema: JsonSchema | undefined,
  envelope: EnvelopeFields | undefined,
): Shape | undefined {
  // a rule of the whole object, as how many keys it has
  if (schema && !(schema.type === 'object' && isKnown(schema))) return undefined
  const byKey = new Map<string, Field>()
  const required = new Set(schema?.required)
  for (const [index, column] of columns.entries()) {
    // keys that are not themselves, map columns and those with a limit are for the slow path
    if (column.limit && column.mode === 'REQUIRED') return undefined
    if (OTHER_BYTES.test(column.key) || column.map || column.limit) continue
    const field = fieldOf(
      column,
      index + 1,
      fieldSchema(schema, column.key),
      required.has(column.key),
      envelope,
    )
    if (!field) return undefined
    byKey.set(column.key, field)
  }
  if (envelope) {
    for (const [name, role, types] of ENVELOPE_ONLY) {
      const asked = fieldSchema(schema, name)
      const rules = types.map((type) => rulesOf({ type, mode: 'NULLABLE' }, asked)).find((each) => each)
      if (!rules) return undefined
      byKey.set(name, { ...newField(name, role), isRequired: required.has(name), rules })
    }
    const type = byKey.get(envelope.typeField)
    const text = Buffer.from(envelope.eventType)
    // as with keys: bytes that are equal to such a type are no JSON, or another type
    if (OTHER_BYTES.test(envelope.eventType)) return undefined
    if (!type || !allowsText(type.rules, text, 0, text.length)) return undefined
  }
  for (const key of required) if (!byKey.has(key)) return undefined
  const fields = [...byKey.values()]
  return { byKey, required: fields.filter(({ isRequired }) => isRequired).length, first: fields[0] }
}

function fieldOf(
  column: Column,
  number: number,
  schema: JsonSchema | undefined,
  isRequired: boolean,
  envelope: EnvelopeFields | undefined,
): Field | undefined {
  const isRepeated = column.mode === 'REPEATED'
  const rules = rulesOf(column, schema)
  const one = isRepeated ? schema?.items : schema
  const record = column.type === 'RECORD' ? shapeOf(column.fields ?? [], one, undefined) : undefined
  if (!rules || (column.type === 'RECORD' && !record)) return undefined
  const kind = KINDS[column.type] ?? KIND.OTHER
  const isTime = column.type === 'TIMESTAMP' && !isRepeated
  const rank = (isTime ? envelope?.timeFields.indexOf(column.key) : undefined) ?? -1
  const role = column.key === envelope?.typeField ? ROLE.EVENT_TYPE : rank >= 0 ? ROLE.EVENT_TIME : ROLE.NONE
  return {
    ...newField(column.key, role),
    kind,
    tag: number * 8 + WIRE[kind],
    isRepeated,
    // an event names its type, whatever its columns and its contract ask for
    isRequired: isRequired || column.mode === 'REQUIRED' || role === ROLE.EVENT_TYPE,
    record,
    rank,
    rules,
  }
}

function newField(name: string, role: Role): Field {
  return {
    name,
    key: keyOf(name),
    kind: KIND.OTHER,
    tag: 0,
    isRepeated: false,
    isRequired: false,
    record: undefined,
    role,
    rank: -1,
    rules: FREE,
    seen: 0,
    next: undefined,
  }
}

/** The event's own id and date: the envelope writes them. And the types of column that they would have. */
const ENVELOPE_ONLY: readonly (readonly [string, Role, readonly Column['type'][]])[] = [
  [ENVELOPE_KEYS.id, ROLE.EVENT_ID, ['STRING']],
  [ENVELOPE_KEYS.date, ROLE.EVENT_DATE, ['DATE', 'STRING']],
]
