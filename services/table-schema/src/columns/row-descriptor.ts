import type { Column, ColumnType } from './column.ts'

/** google.protobuf.DescriptorProto, as far as a row needs it. */
export interface RowDescriptor {
  readonly name: string
  readonly field: readonly FieldDescriptor[]
  readonly nestedType: readonly RowDescriptor[]
}

export interface RowOptions {
  /** Each row says that it takes the place of the one with the same primary key (docs: change data capture). */
  readonly upsert?: boolean
}

/** Written behind the columns, in this order. */
const CHANGE_COLUMNS = ['_CHANGE_TYPE', '_CHANGE_SEQUENCE_NUMBER']

interface FieldDescriptor {
  readonly name: string
  readonly number: number
  readonly label: 'LABEL_OPTIONAL' | 'LABEL_REPEATED'
  readonly type: string
  readonly typeName?: string
}

// cloud.google.com/bigquery/docs/supported-data-types: the preferred encodings
const PROTO_TYPES: Partial<Record<ColumnType, string>> = {
  BOOL: 'TYPE_BOOL',
  INT64: 'TYPE_INT64',
  FLOAT64: 'TYPE_DOUBLE',
  STRING: 'TYPE_STRING',
  JSON: 'TYPE_STRING',
  NUMERIC: 'TYPE_STRING',
  BIGNUMERIC: 'TYPE_STRING',
  TIMESTAMP: 'TYPE_INT64',
  DATE: 'TYPE_INT32',
  TIME: 'TYPE_STRING',
}

/**
 * The message that a row of these columns is to the Storage Write API: field n is of column n, from 1, at every level. Columns of a type
 * that no event gives are left out: to BigQuery they are missing, and missing is NULL. So are columns whose names protobuf does not allow,
 * which no event key maps to.
 */
export function rowDescriptor(columns: readonly Column[], { upsert }: RowOptions = {}): RowDescriptor {
  const row = describe('Row', columns)
  if (!upsert) return row
  const changes = CHANGE_COLUMNS.map((name, index): FieldDescriptor => ({
    name,
    number: columns.length + 1 + index,
    label: 'LABEL_OPTIONAL',
    type: 'TYPE_STRING',
  }))
  return { ...row, field: [...row.field, ...changes] }
}

function describe(name: string, columns: readonly Column[]): RowDescriptor {
  const field: FieldDescriptor[] = []
  const nestedType: RowDescriptor[] = []
  columns.forEach((column, index) => {
    const number = index + 1
    const label = column.mode === 'REPEATED' ? 'LABEL_REPEATED' : 'LABEL_OPTIONAL'
    if (!/^[A-Za-z_]\w*$/.test(column.name)) return
    if (column.type === 'RECORD') {
      const typeName = `Record${number}`
      nestedType.push(describe(typeName, column.fields ?? []))
      field.push({ name: column.name, number, label, type: 'TYPE_MESSAGE', typeName })
      return
    }
    const type = PROTO_TYPES[column.type]
    if (type !== undefined) field.push({ name: column.name, number, label, type })
  })
  return { name, field, nestedType }
}
