import {
  dateDays,
  doubleOf,
  isArray,
  isObject,
  jsonColumnText,
  rowDescriptor,
  timestampMicros,
  toJsonText,
  type Column,
  type ColumnType,
  type JsonObject,
  type JsonValue,
  type RowDescriptor,
} from '@tablestream/table-schema'
import protobuf from 'protobufjs/minimal.js'

export interface ProtoRows {
  readonly descriptor: RowDescriptor
  /** A row as `compileRowText` writes it, as the message that the descriptor describes. Members that are no column are left out. */
  readonly encode: (row: JsonObject) => Uint8Array
}

type Writer = ReturnType<typeof protobuf.Writer.create>
type WriteValue = (writer: Writer, value: JsonValue) => unknown

interface ValueWriter {
  readonly wire: number
  readonly write: WriteValue
}

const VARINT = 0
const FIXED64 = 1
const BYTES = 2

/** Of a text, or of a number that is written as one. */
const textOf = (value: JsonValue) => (typeof value === 'string' ? value : toJsonText(value))

const asText: ValueWriter = {
  wire: BYTES,
  write: (writer, value) => writer.string(textOf(value)),
}

/** By the types that `rowDescriptor` gives the columns. */
const SCALARS: Readonly<Partial<Record<ColumnType, ValueWriter>>> = {
  STRING: asText,
  TIME: asText,
  NUMERIC: asText,
  BIGNUMERIC: asText,
  JSON: { ...asText, write: (writer, value) => writer.string(jsonColumnText(value)) },
  BOOL: { wire: VARINT, write: (writer, value) => writer.bool(value as boolean) },
  // in a text no digit is lost
  INT64: { wire: VARINT, write: (writer, value) => writer.int64(textOf(value)) },
  FLOAT64: { wire: FIXED64, write: (writer, value) => writer.double(doubleOf(value)) },
  DATE: {
    wire: VARINT,
    write: (writer, value) => writer.int32(dateDays(value as string)!),
  },
  TIMESTAMP: {
    wire: VARINT,
    write: (writer, value) => writer.int64(String(timestampMicros(value as string))),
  },
}

/** Compiles an encoder of rows for the Storage Write API. Columns that no row of ours has are left out: to BigQuery they are NULL. */
export function protoRows(columns: readonly Column[]): ProtoRows {
  const descriptor = rowDescriptor(columns)
  const write = messageWriter(descriptor, columns)
  return {
    descriptor,
    encode(row) {
      const writer = protobuf.Writer.create()
      write(writer, row)
      return writer.finish()
    },
  }
}

/** @param columns those that the message was made of: field n is of column n, from 1 */
function messageWriter({ field, nestedType }: RowDescriptor, columns: readonly Column[]): WriteValue {
  const writers = new Map<string, WriteValue>()
  for (const { name, number, label, typeName } of field) {
    const column = columns[number - 1]!
    const inside = typeName === undefined ? undefined : nestedType.find((each) => each.name === typeName)
    const { wire, write } = inside
      ? recordWriter(messageWriter(inside, column.fields ?? []))
      : SCALARS[column.type]!
    const tag = ((number << 3) | wire) >>> 0
    const writeOne: WriteValue = (writer, value) => write(writer.uint32(tag), value)
    writers.set(
      name,
      label === 'LABEL_REPEATED'
        ? (writer, value) => isArray(value) && value.forEach((each) => writeOne(writer, each))
        : writeOne,
    )
  }
  return (writer, value) => {
    if (!isObject(value)) return
    for (const [key, member] of Object.entries(value)) if (member !== null) writers.get(key)?.(writer, member)
  }
}

function recordWriter(write: WriteValue): ValueWriter {
  return {
    wire: BYTES,
    write(writer, value) {
      writer.fork()
      write(writer, value)
      writer.ldelim()
    },
  }
}
