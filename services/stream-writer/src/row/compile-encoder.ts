import {
  ENVELOPE_KEYS,
  fitsColumn,
  hasContent,
  identityOf,
  isArray,
  isEnvelopeKey,
  isObject,
  isSystemKey,
  type Column,
  type ColumnType,
  type JsonObject,
  type JsonValue,
  type RowOptions,
} from '@tablestream/table-schema'
import { compileFastPath } from './compile-fast-path.ts'
import { envelopeWriter, ROW, type RowEnvelope } from './envelope-writer.ts'
import type { RowBuffer } from './row-buffer.ts'
import { newRow, type RowPlace } from './row-chunk.ts'
import { BYTES, scalarWriter } from './scalar-writers.ts'

export interface EncodedRow {
  readonly row: RowPlace
  /** False when the event holds something that found no place: the plan tells what. It is not in the row. */
  readonly complete: boolean
}

export type EncodeRow = (event: JsonObject, envelope: RowEnvelope) => EncodedRow

/** Writes a value with its tag; false when it does not fit, with nothing of it written. */
type WriteField = (row: RowBuffer, value: JsonValue, misfit: Misfit) => boolean

/** What a walk over an event has met so far. */
interface Misfit {
  /** Something was left out. */
  found: boolean
  /** REQUIRED columns of the record at hand that were written. */
  required: number
}

interface Fields {
  readonly byKey: ReadonlyMap<string, WriteField>
  /** How many of them are REQUIRED. */
  readonly required: number
}

/**
 * Compiles an encoder for a table's columns: an event becomes the protobuf message that `rowDescriptor` describes, without
 * a copy of the event in between. Column number n (from 1) is field number n, at every level. null, `[]` and `{}` are
 * left out, which BigQuery reads as NULL or an empty array. Events that fit entirely, nearly all, go the fast path.
 */
export function compileEncoder(columns: readonly Column[], { upsert = false }: RowOptions = {}): EncodeRow {
  const fast = compileFastPath(columns)
  const fields = compileFields(columns, true)
  const writeEnvelope = envelopeWriter(columns, upsert)
  const misfit: Misfit = { found: false, required: 0 }
  return (event, envelope) => {
    ROW.begin()
    misfit.found = false
    if (!fast?.(ROW, event)) {
      ROW.rewind()
      writeRecord(ROW, fields, event, misfit)
    }
    writeEnvelope(envelope)
    const row = newRow()
    ROW.end(row)
    return { row, complete: !misfit.found }
  }
}

function compileFields(columns: readonly Column[], isEvent = false): Fields {
  const maps = new Map(columns.flatMap(({ key, map }, index) => (map ? [[key, index + 1]] : [])))
  const byKey = new Map<string, WriteField>()
  let required = 0
  columns.forEach((column, index) => {
    if (column.map) return
    const { key, mode } = column
    // the envelope writes these, by its own rules
    if (isEvent && (isEnvelopeKey(key) || isSystemKey(key))) return
    const write = compileField(column, index + 1)
    const map = maps.get(key)
    const orMap = map === undefined ? write : besideMap(write, map)
    if (mode === 'REQUIRED') required++
    byKey.set(key, mode === 'REQUIRED' ? counted(orMap) : orMap)
  })
  if (isEvent) for (const key of Object.values(ENVELOPE_KEYS)) byKey.set(key, () => true)
  return { byKey, required }
}

function counted(write: WriteField): WriteField {
  return (row, value, misfit) => {
    // a value that says nothing is no value for a REQUIRED column, though it is no misfit
    const start = row.at
    const written = write(row, value, misfit)
    if (row.at > start) misfit.required++
    return written
  }
}

/** The RECORD takes what fits it entirely; every other object goes whole to the map column beside it. */
function besideMap(write: WriteField, number: number): WriteField {
  const writeMap = scalarWriter('JSON', number)
  return (row, value, misfit) => {
    const start = row.at
    const before = misfit.found
    misfit.found = false
    const written = write(row, value, misfit) && !misfit.found
    misfit.found = before
    if (written) return true
    row.at = start
    return writeMap(row, value)
  }
}

function writeRecord(row: RowBuffer, fields: Fields, object: JsonObject, misfit: Misfit): void {
  const outer = misfit.required
  misfit.required = 0
  for (const key in object) {
    const value = object[key]!
    if (value === null) continue
    const write = fields.byKey.get(identityOf(key))
    if (write) {
      if (!write(row, value, misfit)) misfit.found = true
    } else if (hasContent(value)) misfit.found = true
  }
  // the plan tells whether the column is relaxed for it, or BigQuery refuses the row
  if (misfit.required < fields.required) misfit.found = true
  misfit.required = outer
}

function compileField(column: Column, number: number): WriteField {
  const one = column.type === 'RECORD' ? compileRecord(column, number) : limitedWriter(column, number)
  return column.mode === 'REPEATED' ? repeated(one, column) : orNothing(one, column.type)
}

function limitedWriter(column: Column, number: number): WriteField {
  const write = scalarWriter(column.type, number)
  return column.limit ? (row, value) => fitsColumn(column, value) && write(row, value) : write
}

/** `[]` and `{}` say nothing: they are no misfit, whatever the column holds. A JSON column keeps them. */
function orNothing(write: WriteField, type: ColumnType): WriteField {
  if (type === 'JSON') return write
  return (row, value, misfit) => write(row, value, misfit) || isEmpty(value)
}

function repeated(write: WriteField, column: Column): WriteField {
  const { type } = column
  return (row, value, misfit) => {
    if (!isArray(value)) return isEmpty(value)
    const start = row.at
    for (const element of value) {
      // `[]` and `{}` count as elements, and only a record can be empty
      const fits = element !== null && (type === 'RECORD' ? isObject(element) : fitsColumn(column, element))
      if (!fits || !write(row, element, misfit)) {
        // an array goes whole or not at all: its elements' places would shift
        row.at = start
        return false
      }
    }
    return true
  }
}

function isEmpty(value: JsonValue): boolean {
  if (isArray(value)) return value.length === 0
  return isObject(value) && Object.keys(value).length === 0
}

function compileRecord({ fields = [] }: Column, number: number): WriteField {
  const inside = compileFields(fields)
  const tag = number * 8 + BYTES
  return (row, value, misfit) => {
    if (!isObject(value)) return false
    row.tag(tag)
    const start = row.openMessage()
    writeRecord(row, inside, value, misfit)
    row.closeMessage(start)
    return true
  }
}
