import type { ColumnType, FieldType } from '../bigquery/values/column-type.ts'
import { BigQueryError, notImplemented } from '../bigquery/errors.ts'
import { typeName } from './typing/sql-type.ts'
import { isGroup, isSymbol, type Node } from './tokens.ts'

const TYPES = new Set(
  'INT64 INT INTEGER BIGINT SMALLINT TINYINT BYTEINT FLOAT64 STRING BOOL BOOLEAN BYTES NUMERIC DECIMAL BIGNUMERIC BIGDECIMAL TIMESTAMP DATETIME DATE TIME JSON GEOGRAPHY'.split(
    ' ',
  ),
)

/** Whether a column may be of this type. @param upper in upper case */
export function isScalarType(upper: string): boolean {
  return TYPES.has(upper)
}

/** @throws BigQueryError for a type that is not known */
export function readFieldType(nodes: readonly Node[]): FieldType {
  const reader = { nodes: splitShifts(nodes), at: 0 }
  const type = readType(reader)
  if (reader.at < reader.nodes.length) throw notImplemented(`the type ${textOf(nodes)}`)
  return type
}

interface TypeReader {
  readonly nodes: readonly Node[]
  at: number
}

// `>>` that closes two type brackets comes as one token
function splitShifts(nodes: readonly Node[]): readonly Node[] {
  return nodes.flatMap((node) => {
    if (!isSymbol(node, '>>')) return [node]
    const close: Node = { kind: 'symbol', text: '>', upper: '>' }
    return [close, close]
  })
}

function readType(reader: TypeReader): FieldType {
  const node = reader.nodes[reader.at++]
  if (node?.kind !== 'word') throw new BigQueryError('invalidQuery', 'Syntax error: a type was expected')
  if (node.upper === 'ARRAY') return { ...bracketed(reader, readType), repeated: true }
  if (node.upper === 'STRUCT')
    return { type: 'STRUCT', repeated: false, fields: bracketed(reader, readFields) }
  if (!isScalarType(node.upper)) throw notImplemented(`the type ${node.text}`)
  // STRING(10), NUMERIC(10, 2): the parameters of a type are not kept
  if (isGroup(reader.nodes[reader.at], '(')) throw notImplemented(`type parameters (${node.text}(…))`)
  return { type: typeName(node.upper), repeated: false }
}

function bracketed<T>(reader: TypeReader, read: (reader: TypeReader) => T): T {
  expect(reader, '<')
  const inner = read(reader)
  expect(reader, '>')
  return inner
}

function readFields(reader: TypeReader): ColumnType[] {
  const fields: ColumnType[] = []
  for (;;) {
    const name = reader.nodes[reader.at++]
    if (name?.kind !== 'word' && name?.kind !== 'quoted')
      throw notImplemented('STRUCT types with unnamed fields')
    fields.push({ name: name.text, type: readType(reader) })
    if (!isSymbol(reader.nodes[reader.at], ',')) return fields
    reader.at++
  }
}

function expect(reader: TypeReader, symbol: string): void {
  if (!isSymbol(reader.nodes[reader.at++], symbol)) {
    throw new BigQueryError('invalidQuery', `Syntax error: "${symbol}" was expected in a type`)
  }
}

function textOf(nodes: readonly Node[]): string {
  return nodes.map((node) => (node.kind === 'group' ? '(…)' : node.text)).join(' ')
}
