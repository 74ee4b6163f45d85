import protobuf from 'protobufjs'
import type { Field } from '../bigquery/values/fields.ts'
import { isBounded, isPicos } from '../bigquery/values/type-parameters.ts'
import type { LineWriter } from '../bigquery/table/line-writer.ts'
import { floatColumn } from '../bigquery/values/row-values.ts'
import type { DayRange } from '../bigquery/rows/streaming-range.ts'
import {
  checkedWriter,
  dateWriter,
  timestampWriter,
  writeBase64,
  writeBoolean,
  writeInteger,
  writeText,
  type WriteBytes,
  type WriteVarint,
} from './byte-values.ts'

/**
 * Writes a serialized row as a line of JSON, from bytes to bytes, at a small part of what it takes to decode it into objects.
 * It takes rows as writers send them. Whatever is rare, or wrong, it leaves to the reader that explains it.
 *
 * @param days that the partition column may hold
 * @returns false where the row is one of those: then what was written means nothing
 */
export type ByteRowWriter = (row: Buffer, to: LineWriter, days: Days) => boolean

type Days = Pick<DayRange, 'oldest' | 'newest'>

const VARINT = 0
const FIXED64 = 1
const BYTES = 2

interface BytePlan {
  readonly head: Buffer
  readonly index: number
  readonly wire: number
  readonly repeated: boolean
  readonly varint?: WriteVarint
  /** Numbers beyond those of JavaScript: fingerprints have 64 bits. */
  readonly isInt64?: boolean
  readonly bytes?: WriteBytes
  readonly record?: RecordPlan
}

interface RecordPlan {
  readonly byNumber: (BytePlan | undefined)[]
  readonly required: number
  /** The record in which each field was seen last: one that comes twice is rare. */
  readonly seen: Int32Array
  readonly isRequired: readonly boolean[]
  record: number
}

/** @returns undefined where a field has a type that is rare */
export function compileByteRows(
  type: protobuf.Type,
  fields: readonly Field[],
  columnOf: (field: protobuf.Field) => string,
  partitionColumn?: string,
): ByteRowWriter | undefined {
  const isPartition = (field: protobuf.Field) =>
    columnOf(field).toLowerCase() === partitionColumn?.toLowerCase()
  // a day as text is rare
  if (type.fieldsArray.some((field) => isPartition(field) && field.type !== 'int32')) return undefined
  const plan = planRecord(type, fields, columnOf)
  if (!plan) return undefined
  const days = { oldest: 0, newest: 0 }
  for (const field of type.fieldsArray) {
    const how = plan.byNumber[field.id]!
    if (isPartition(field)) plan.byNumber[field.id] = { ...how, varint: withinDays(how.varint!, days) }
  }
  return (row, to, { oldest, newest }) => {
    days.oldest = oldest
    days.newest = newest
    return writeRecord(plan, row, 0, row.length, to)
  }
}

/** @param days what the next row may have */
function withinDays(write: WriteVarint, days: Days): WriteVarint {
  return (value, to) => value >= days.oldest && value <= days.newest && write(value, to)
}

function planRecord(
  type: protobuf.Type,
  fields: readonly Field[],
  columnOf: (field: protobuf.Field) => string,
): RecordPlan | undefined {
  const byName = new Map(fields.map((field) => [field.name.toLowerCase(), field]))
  const byNumber: (BytePlan | undefined)[] = []
  const isRequired: boolean[] = []
  for (const [index, protoField] of type.fieldsArray.entries()) {
    const field = byName.get(columnOf(protoField).toLowerCase())
    const how = field && howToWrite(protoField, field, columnOf)
    // field numbers are the places of an array here
    if (!how || protoField.id > MOST_NUMBER) return undefined
    const head = Buffer.from(`${JSON.stringify(field.name)}:`)
    byNumber[protoField.id] = { head, index, repeated: protoField.repeated, ...how }
    isRequired[index] = field.mode === 'REQUIRED'
  }
  const required = fields.filter(({ mode }) => mode === 'REQUIRED').length
  return { byNumber, required, isRequired, seen: new Int32Array(isRequired.length), record: 0 }
}

const MOST_NUMBER = 20_000

function howToWrite(
  protoField: protobuf.Field,
  field: Field,
  columnOf: (field: protobuf.Field) => string,
): Pick<BytePlan, 'wire' | 'varint' | 'isInt64' | 'bytes' | 'record'> | undefined {
  if (field.type === 'RECORD') {
    if (!(protoField.resolvedType instanceof protobuf.Type)) return undefined
    const record = planRecord(protoField.resolvedType, field.fields!, columnOf)
    return record && { wire: BYTES, record }
  }
  // rare: left to the other reader
  if (isPicos(field) || isBounded(field)) return undefined
  switch (`${field.type} ${protoField.type}`) {
    case 'STRING string':
      return { wire: BYTES, bytes: writeText }
    case 'BYTES bytes':
      return { wire: BYTES, bytes: writeBase64 }
    case 'FLOAT double':
      return { wire: FIXED64 }
    // packed numbers are rare: they have another wire type, and are left to the other reader
    case 'INTEGER int64':
      return { wire: VARINT, varint: writeInteger, isInt64: true }
    case 'BOOLEAN bool':
      return { wire: VARINT, varint: writeBoolean }
    case 'TIMESTAMP int64':
      return { wire: VARINT, varint: timestampWriter() }
    case 'DATE int32':
      return { wire: VARINT, varint: dateWriter() }
  }
  const isText = protoField.type === 'string' && CHECKED.has(field.type)
  return isText ? { wire: BYTES, bytes: checkedWriter(field.type) } : undefined
}

/** Columns that are sent as text which is checked. */
const CHECKED = new Set(['JSON', 'NUMERIC', 'BIGNUMERIC', 'DATE', 'DATETIME', 'TIME'])

const OPEN = 0x7b
const CLOSE = 0x7d
const COMMA = 0x2c

// where a varint that was read ends
let next = 0

function writeRecord(plan: RecordPlan, row: Buffer, start: number, end: number, to: LineWriter): boolean {
  const { byNumber, seen, isRequired } = plan
  const record = ++plan.record
  let required = 0
  let at = start
  to.byte(OPEN)
  for (let isFirst = true; at < end; isFirst = false) {
    const tag = readVarint(row, at, end)
    const field = byNumber[tag >>> 3]
    if (!field || (tag & 7) !== field.wire || seen[field.index] === record) return false
    seen[field.index] = record
    if (isRequired[field.index]) required++
    if (!isFirst) to.byte(COMMA)
    to.bytes(field.head)
    at = field.repeated ? writeList(field, tag, row, next, end, to) : writeValue(field, row, next, end, to)
    if (at < 0) return false
  }
  to.byte(CLOSE)
  return at === end && required === plan.required
}

/** Items that follow each other. @returns where they end, or -1 */
function writeList(
  field: BytePlan,
  tag: number,
  row: Buffer,
  start: number,
  end: number,
  to: LineWriter,
): number {
  to.byte(0x5b)
  let at = writeValue(field, row, start, end, to)
  while (at >= 0 && at < end) {
    if (readVarint(row, at, end) !== tag) break
    to.byte(COMMA)
    at = writeValue(field, row, next, end, to)
  }
  to.byte(0x5d)
  return at
}

/** @returns where the value ends, or -1 */
function writeValue(field: BytePlan, row: Buffer, start: number, end: number, to: LineWriter): number {
  if (field.wire === FIXED64) {
    if (start + 8 > end) return -1
    to.ascii(floatColumn(row.readDoubleLE(start)))
    return start + 8
  }
  const value = readVarint(row, start, end)
  if (value < 0) return field.isInt64 ? writeInt64(row, start, end, to) : -1
  if (field.varint) {
    const behind = next
    return field.varint(value, to) ? behind : -1
  }
  const from = next
  const until = from + value
  if (until > end) return -1
  const written = field.record
    ? writeRecord(field.record, row, from, until, to)
    : field.bytes!(row, from, until, to)
  return written ? until : -1
}

/** A number below 2^49, and -1 for any other; `next` is the place behind it. */
function readVarint(row: Buffer, start: number, end: number): number {
  let value = 0
  let scale = 1
  for (let at = start; at < end && at < start + 7; at++) {
    const byte = row[at]!
    value += (byte & 127) * scale
    if (byte < 128) {
      next = at + 1
      return value
    }
    scale *= 128
  }
  return readLongVarint(row, start, end)
}

/** An eighth byte: microseconds of now have 51 bits. */
function readLongVarint(row: Buffer, start: number, end: number): number {
  if (start + 8 > end || row[start + 7]! > 15) return -1
  let value = 0
  for (let at = start + 7; at >= start; at--) value = value * 128 + (row[at]! & 127)
  next = start + 8
  return value
}

/** @returns where the number ends, or -1 */
function writeInt64(row: Buffer, start: number, end: number, to: LineWriter): number {
  // three parts of 28, 28 and 8 bits: a BigInt for each byte would take ten times as long
  let low = 0
  let middle = 0
  let high = 0
  for (let index = 0; index < 10 && start + index < end; index++) {
    const byte = row[start + index]!
    if (index < 4) low |= (byte & 127) << (7 * index)
    else if (index < 8) middle |= (byte & 127) << (7 * (index - 4))
    else high |= (byte & 127) << (7 * (index - 8))
    if (byte < 128) {
      const value = (BigInt(high) << 56n) | (BigInt(middle) << 28n) | BigInt(low)
      to.ascii(BigInt.asIntN(64, value).toString())
      return start + index + 1
    }
  }
  return -1
}
