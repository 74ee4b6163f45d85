import type { FieldType } from '../values/column-type.ts'
import { BigQueryError } from '../errors.ts'
import type { Field } from '../values/fields.ts'

// ALTER COLUMN SET DATA TYPE: coercions of cloud.google.com/bigquery/docs/managing-table-schemas
const WIDER: Readonly<Record<string, readonly string[]>> = {
  INTEGER: ['NUMERIC', 'BIGNUMERIC', 'FLOAT'],
  NUMERIC: ['BIGNUMERIC', 'FLOAT'],
}
const LEGACY: Readonly<Record<string, string>> = {
  INT64: 'INTEGER',
  FLOAT64: 'FLOAT',
  BOOL: 'BOOLEAN',
  STRUCT: 'RECORD',
}

/** The field with another type. @throws BigQueryError invalidQuery when the change is none that BigQuery makes */
export function widenField(field: Field, { type, repeated, fields }: FieldType, path = field.name): Field {
  const to = LEGACY[type] ?? type
  if (repeated !== (field.mode === 'REPEATED')) refuse(path, 'changes between ARRAY and single values')
  if (field.type === 'RECORD' && to === 'RECORD') {
    const same = fields?.length === field.fields!.length
    if (!same || fields.some(({ name }, index) => name !== field.fields![index]!.name)) {
      refuse(path, 'must keep the fields of its STRUCT')
    }
    const inner = field.fields!.map((each, index) =>
      widenField(each, fields[index]!.type, `${path}.${each.name}`),
    )
    const changed = inner.some((each, index) => each.type !== field.fields![index]!.type)
    if (changed && repeated) refuse(path, 'is an ARRAY, inside of which no type can be changed')
    return { ...field, fields: inner }
  }
  if (field.type === to) return field
  if (repeated || !WIDER[field.type]?.includes(to)) refuse(path, `cannot change from ${field.type} to ${to}`)
  return { ...field, type: to }
}

function refuse(path: string, why: string): never {
  const message = `ALTER TABLE ALTER COLUMN SET DATA TYPE requires that the existing column type is assignable to the new type: ${path} ${why}.`
  throw new BigQueryError('invalidQuery', message)
}
