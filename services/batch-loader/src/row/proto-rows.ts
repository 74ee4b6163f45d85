import {
  dateDays,
  doubleOf,
  isArray,
  isObject,
  jsonColumnText,
  timestampMicros,
  toJsonText,
  type Column,
  type ColumnType,
  type JsonObject,
  type JsonValue,
} from '@tablestream/table-schema'
import protobuf from 'protobufjs/minimal.js'

/** google.protobuf.DescriptorProto, as far as a row needs it. */
export interface RowDescriptor {
  readonly name: string
  readonly field: readonly {
    readonly name: string
    readonly number: number
    readonly label: 'LABEL_OPTIONAL' | 'LABEL_REPEATED'
    readonly type: string
    readonly typeName?: string
  }[]
  readonly nestedType: readonly RowDescriptor[]
}

export interface ProtoRows {
  readonly descriptor: RowDescriptor
  /** A row as `compileRowText` writes it, as the message that the descriptor describes. Members that are no column are left out. */
  readonly encode: (row: JsonObject) => Uint8Array
}

type Writer = ReturnType<typeof protobuf.Writer.create>
type WriteValue = (writer: Writer, value: JsonValue) => unknown

interface Scalar {
  readonly type: string
  readonly wire: number
  readonly write: WriteValue
}

const VARINT = 0
const FIXED64 = 1
const BYTES = 2

/** Of a text, or of a number that is written as one. */
const textOf = (value: JsonValue) => (typeof value === 'string' ? value : toJsonText(value))

const asText: Scalar = {
  type: 'TYPE_STRING',
  wire: BYTES,
  write: (writer, value) => writer.string(textOf(value)),
}

// docs: "Supported protocol buffer and BigQuery data types", the preferred ones
const SCALARS: Readonly<Partial<Record<ColumnType, Scalar>>> = {
  STRING: asText,
  TIME: asText,
  NUMERIC: asText,
  BIGNUMERIC: asText,
  JSON: { ...asText, write: (writer, value) => writer.string(jsonColumnText(value)) },
  BOOL: { type: 'TYPE_BOOL', wire: VARINT, write: (writer, value) => writer.bool(value as boolean) },
  // in a text no digit is lost
  INT64: { type: 'TYPE_INT64', wire: VARINT, write: (writer, value) => writer.int64(textOf(value)) },
  FLOAT64: { type: 'TYPE_DOUBLE', wire: FIXED64, write: (writer, value) => writer.double(doubleOf(value)) },
  DATE: {
    type: 'TYPE_INT32',
    wire: VARINT,
    write: (writer, value) => writer.int32(dateDays(value as string)!),
  },
  TIMESTAMP: {
    type: 'TYPE_INT64',
    wire: VARINT,
    write: (writer, value) => writer.int64(String(timestampMicros(value as string))),
  },
}

/** Compiles an encoder of rows for the Storage Write API. Columns that no row of ours has are left out: to BigQuery they are NULL. */
export function protoRows(columns: readonly Column[]): ProtoRows {
  const { descriptor, write } = messageOf('Row', columns)
  return {
    descriptor,
    encode(row) {
      const writer = protobuf.Writer.create()
      write(writer, row)
      return writer.finish()
    },
  }
}

function messageOf(name: string, columns: readonly Column[]) {
  const field: RowDescriptor['field'][number][] = []
  const nestedType: RowDescriptor[] = []
  const writers = new Map<string, WriteValue>()
  columns.forEach((column, index) => {
    const number = index + 1
    const isRepeated = column.mode === 'REPEATED'
    const inside = column.type === 'RECORD' ? messageOf(`Record${number}`, column.fields ?? []) : undefined
    const scalar = inside ? messageScalar(inside.write) : SCALARS[column.type]
    // no event has such a name, or a value of such a type
    if (!scalar || !/^[A-Za-z_]\w*$/.test(column.name)) return
    if (inside) nestedType.push(inside.descriptor)
    field.push({
      name: column.name,
      number,
      label: isRepeated ? 'LABEL_REPEATED' : 'LABEL_OPTIONAL',
      type: scalar.type,
      ...(inside && { typeName: inside.descriptor.name }),
    })
    const tag = ((number << 3) | scalar.wire) >>> 0
    const writeOne: WriteValue = (writer, value) => scalar.write(writer.uint32(tag), value)
    writers.set(
      column.name,
      isRepeated
        ? (writer, value) => isArray(value) && value.forEach((each) => writeOne(writer, each))
        : writeOne,
    )
  })
  const write: WriteValue = (writer, value) => {
    if (!isObject(value)) return
    for (const [key, member] of Object.entries(value)) if (member !== null) writers.get(key)?.(writer, member)
  }
  const descriptor: RowDescriptor = { name, field, nestedType }
  return { descriptor, write }
}

function messageScalar(write: WriteValue): Scalar {
  return {
    type: 'TYPE_MESSAGE',
    wire: BYTES,
    write(writer, value) {
      writer.fork()
      write(writer, value)
      writer.ldelim()
    },
  }
}
