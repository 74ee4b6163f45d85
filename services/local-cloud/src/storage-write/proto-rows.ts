import protobuf from 'protobufjs'
import type { Defaults } from '../bigquery/values/default-values.ts'
import { scalarText } from '../bigquery/values/scalar-text.ts'
import { GoogleError } from '../google-error.ts'
import type { Field } from '../bigquery/values/fields.ts'
import type { InsertMode } from '../bigquery/table/insert-statements.ts'
import type { LineWriter } from '../bigquery/table/line-writer.ts'
import type { DayRange } from '../bigquery/rows/streaming-range.ts'
import { columnText } from '../bigquery/values/column-text.ts'
import { isBounded, isPicos } from '../bigquery/values/type-parameters.ts'
import { compileByteRows } from './byte-rows.ts'
import { COLUMN_NAME, typeOfDescriptor } from './message-type.ts'
import { datetimeOfPacked, decimalOfBytes, timeOfPacked } from './packed-values.ts'
import {
  dateOfDays,
  floatColumn,
  jsonColumn,
  recordText,
  RowError,
  textColumn,
  timestampOfMicros,
} from '../bigquery/values/row-values.ts'

/** Turns serialized rows into lines of JSON for DuckDB. */
export interface RowReader {
  /** `change` where the writer's schema has `_CHANGE_TYPE`. */
  readonly mode: InsertMode
  /**
   * Writes a line; nothing where it throws.
   *
   * @param days that the column by which the table is partitioned may hold
   * @throws RowError that names the field
   */
  write(row: Buffer, to: LineWriter, days: DayRange): void
}

/** A value of protobuf as JSON text. */
type Convert = (value: unknown, path: string) => string

/** The writer's schema names fields that the table does not have. */
export class ExtraFieldsError extends Error {
  readonly fields: readonly string[]

  constructor(fields: readonly string[]) {
    super(`Input schema has more fields than BigQuery schema, extra fields: '${fields.join("', '")}'`)
    this.fields = fields
  }
}

/**
 * Compiles the writer's descriptor against the table's columns.
 *
 * @param protoDescriptor a google.protobuf.DescriptorProto, as a plain object
 * @param defaults what columns hold that a row does not have
 * @throws ExtraFieldsError, GoogleError INVALID_ARGUMENT for a type that the column does not take
 */
export function compileRowReader(
  protoDescriptor: object,
  fields: readonly Field[],
  key: readonly string[],
  {
    partitionColumn,
    defaults,
  }: { readonly partitionColumn?: string | undefined; readonly defaults?: Defaults | undefined } = {},
): RowReader {
  const type = typeOfDescriptor(protoDescriptor)
  const changes = CHANGE_TYPE in type.fields
  checkChanges(type, key)
  const extra: string[] = []
  const convert = compileRecord(type, fields, 'root', extra, defaults)
  if (extra.length > 0) throw new ExtraFieldsError(extra)
  const decode = (row: Uint8Array): object => {
    try {
      return type.toObject(type.decode(row), { longs: String, bytes: String })
    } catch (error) {
      throw new RowError('', `The row is no message of the writer's schema: ${(error as Error).message}`)
    }
  }
  const dayOf = readerOfDay(type, partitionColumn)
  if (!changes) {
    const writeBytes = defaults ? undefined : compileByteRows(type, fields, columnOf, partitionColumn)
    return {
      mode: 'append',
      write(row, to, days) {
        const start = to.length
        if (!writeBytes?.(row, to, days)) {
          to.truncate(start)
          const message = decode(row)
          const text = convert(message, '')
          days.check(dayOf(message))
          to.text(text)
        }
        to.endLine()
      },
    }
  }
  return {
    mode: 'change',
    write(row, to, days) {
      const message = decode(row)
      days.check(dayOf(message))
      const change = changeOf(message)
      for (const name of key) {
        if (!Object.hasOwn(message, name)) throw new RowError(name, `Missing primary key column: ${name}.`)
      }
      to.text(`{"change":"${change}","sequence":"${sequenceOf(message)}","row":${convert(message, '')}}`)
      to.endLine()
    },
  }
}

/** Reads YYYY-MM-DD of one column of a message; undefined where it has none. */
function readerOfDay(
  type: protobuf.Type,
  column: string | undefined,
): (message: object) => string | undefined {
  const field = type.fieldsArray.find((each) => columnOf(each).toLowerCase() === column?.toLowerCase())
  if (!field) return () => undefined
  return (message) => {
    const day = (message as Record<string, string | number | undefined>)[field.name]
    // numbers of 64 bits are texts
    const isText = field.type === 'string' || day === undefined
    return isText ? (day as string | undefined) : dateOfDays(Number(day), column!).slice(1, -1)
  }
}

// cloud.google.com/bigquery/docs/change-data-capture
const CHANGE_TYPE = '_CHANGE_TYPE'
const CHANGE_SEQUENCE_NUMBER = '_CHANGE_SEQUENCE_NUMBER'
const CHANGE_COLUMNS = [CHANGE_TYPE, CHANGE_SEQUENCE_NUMBER]
/** One to four sections of up to 16 hexadecimal digits. */
const SEQUENCE = /^[0-9A-Fa-f]{1,16}(\/[0-9A-Fa-f]{1,16}){0,3}$/
const SECTION_DIGITS = 16

function checkChanges(type: protobuf.Type, key: readonly string[]): void {
  for (const name of CHANGE_COLUMNS) {
    const field = type.fields[name]
    if (field && kindOf(field) !== 'string')
      throw new GoogleError('INVALID_ARGUMENT', `${name} must be a string, but is ${field.type}.`)
  }
  if (!(CHANGE_TYPE in type.fields)) {
    if (!(CHANGE_SEQUENCE_NUMBER in type.fields)) return
    throw new GoogleError('INVALID_ARGUMENT', `${CHANGE_SEQUENCE_NUMBER} needs ${CHANGE_TYPE}.`)
  }
  if (key.length === 0)
    throw new GoogleError('INVALID_ARGUMENT', `${CHANGE_TYPE} needs a table with a primary key.`)
}

function changeOf(message: object): string {
  const change = (message as Record<string, unknown>)[CHANGE_TYPE]
  if (change === 'UPSERT' || change === 'DELETE') return change
  // no page of Google's has it, and a system test of Google's own client sends it: a row whose key is not there
  if (change === 'INSERT') return 'UPSERT'
  throw new RowError(
    CHANGE_TYPE,
    `${CHANGE_TYPE} must be INSERT, UPSERT or DELETE, but is ${String(change)}.`,
  )
}

/** A text that sorts as the numbers do: section by section from the left, and with more sections is more. Empty where there is none. */
function sequenceOf(message: object): string {
  // the descriptor was seen to say that it is a string
  const sequence = (message as Record<string, string | undefined>)[CHANGE_SEQUENCE_NUMBER]
  if (sequence === undefined) return ''
  if (!SEQUENCE.test(sequence)) {
    const rule = 'one to four sections of 1 to 16 hexadecimal digits, separated by /'
    throw new RowError(
      CHANGE_SEQUENCE_NUMBER,
      `${CHANGE_SEQUENCE_NUMBER} must be ${rule}, but is ${sequence}.`,
    )
  }
  const sections = sequence.toLowerCase().split('/')
  return sections.map((section) => section.padStart(SECTION_DIGITS, '0')).join('')
}

function compileRecord(
  type: protobuf.Type,
  fields: readonly Field[],
  path: string,
  extra: string[],
  defaults?: Defaults,
): Convert {
  const byName = new Map(fields.map((field) => [field.name.toLowerCase(), field]))
  const converters: { from: string; to: string; convert: Convert }[] = []
  for (const protoField of type.fieldsArray) {
    const name = columnOf(protoField)
    if (path === 'root' && CHANGE_COLUMNS.includes(name)) continue
    const field = byName.get(name.toLowerCase())
    if (!field) extra.push(`${path}.${name}`)
    else
      converters.push({
        from: protoField.name,
        to: field.name,
        convert: compileField(protoField, field, path, extra),
      })
  }
  return (value, at) => {
    const message = value as Record<string, unknown>
    const row = new Map<string, string>()
    for (const { from, to, convert } of converters) {
      // a column may be called like something that every object has: toString
      const sent = Object.hasOwn(message, from) ? message[from] : undefined
      if (sent !== undefined && sent !== null) row.set(to, convert(sent, at === '' ? to : `${at}.${to}`))
    }
    for (const [name, make] of defaults ?? []) if (!row.has(name)) row.set(name, make())
    return recordText(fields, row, at)
  }
}

function columnOf(field: protobuf.Field): string {
  const options = (field.options ?? {}) as Record<string, string>
  return options[COLUMN_NAME] ?? field.name
}

function compileField(protoField: protobuf.Field, field: Field, path: string, extra: string[]): Convert {
  const one = compileOne(protoField, field, path, extra)
  if (protoField.repeated !== (field.mode === 'REPEATED')) {
    const wanted = field.mode === 'REPEATED' ? 'repeated' : 'not repeated'
    throw new GoogleError(
      'INVALID_ARGUMENT',
      `Invalid proto schema: field ${path}.${field.name} must be ${wanted}.`,
    )
  }
  if (!protoField.repeated) return one
  return (value, at) =>
    `[${(value as unknown[]).map((item, index) => one(item, `${at}[${index}]`)).join(',')}]`
}

function compileOne(protoField: protobuf.Field, field: Field, path: string, extra: string[]): Convert {
  if (field.type === 'RECORD' && protoField.resolvedType instanceof protobuf.Type) {
    return compileRecord(protoField.resolvedType, field.fields!, `${path}.${field.name}`, extra)
  }
  const kind = kindOf(protoField)
  // as text in ISO 8601: the write path of Google's client sends it so
  if (isPicos(field) && kind === 'string') return (value, at) => columnText(field, value as string, at)
  const convert = isPicos(field) ? undefined : CONVERTERS[field.type]?.[kind]
  if (convert && isBounded(field))
    return (value, at) => {
      const isBytes = field.type === 'BYTES' || kind === 'bytes'
      const text = isBytes ? (JSON.parse(convert(value, at)) as string) : (value as string)
      return columnText(field, text, at)
    }
  if (convert) return convert
  throw new GoogleError(
    'INVALID_ARGUMENT',
    `Invalid proto schema: a proto field of type ${protoField.type} cannot be written to column ${path}.${field.name} of type ${field.type}.`,
  )
}

type Kind = 'bool' | 'int' | 'float' | 'string' | 'bytes' | 'other'

const KINDS: Readonly<Record<string, Kind>> = {
  bool: 'bool',
  int32: 'int',
  int64: 'int',
  uint32: 'int',
  uint64: 'int',
  sint32: 'int',
  sint64: 'int',
  fixed32: 'int',
  fixed64: 'int',
  sfixed32: 'int',
  sfixed64: 'int',
  float: 'float',
  double: 'float',
  string: 'string',
  bytes: 'bytes',
}

function kindOf({ type }: protobuf.Field): Kind {
  return KINDS[type] ?? 'other'
}

const literal: Convert = (value) => String(value)
const checked =
  (type: string): Convert =>
  (value, at) =>
    scalarText(type, value as string | number, at)

const packed =
  (convert: (packed: bigint, at: string) => string): Convert =>
  (value, at) =>
    convert(BigInt(value as string | number), at)
const decimal =
  (type: string, decimals: number): Convert =>
  (value, at) =>
    scalarText(type, decimalOfBytes(value as string, decimals, at), at)

// cloud.google.com/bigquery/docs/supported-data-types, as far as local-cloud takes them (see SUPPORT.md)
const CONVERTERS: Readonly<Record<string, Partial<Record<Kind, Convert>>>> = {
  BOOLEAN: { bool: literal },
  INTEGER: { int: literal },
  FLOAT: { float: (value) => floatColumn(value as number), int: literal },
  STRING: { string: textColumn },
  DATE: { int: (value, at) => dateOfDays(Number(value), at), string: checked('DATE') },
  TIMESTAMP: { int: (value, at) => timestampOfMicros(BigInt(value as string | number), at) },
  DATETIME: { string: checked('DATETIME'), int: packed(datetimeOfPacked) },
  TIME: { string: checked('TIME'), int: packed(timeOfPacked) },
  GEOGRAPHY: { string: checked('GEOGRAPHY') },
  NUMERIC: {
    string: checked('NUMERIC'),
    int: checked('NUMERIC'),
    float: checked('NUMERIC'),
    bytes: decimal('NUMERIC', 9),
  },
  BIGNUMERIC: {
    string: checked('BIGNUMERIC'),
    int: checked('BIGNUMERIC'),
    bytes: decimal('BIGNUMERIC', 38),
  },
  JSON: { string: (value, at) => jsonColumn(value as string, at) },
  // bytes come from protobufjs as base64, text is taken as its UTF-8
  BYTES: {
    bytes: textColumn,
    string: (value) => textColumn(Buffer.from(value as string).toString('base64')),
  },
}
