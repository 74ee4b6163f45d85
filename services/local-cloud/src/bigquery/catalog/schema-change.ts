import { BigQueryError, notImplemented } from '../errors.ts'
import type { Field } from '../values/fields.ts'
import { TYPE_PARAMETERS } from '../values/type-parameters.ts'

/** What an accepted change of a schema asks of the stored table. */
export interface SchemaChange {
  /** The schema afterwards: existing columns in their order, new ones last, as BigQuery keeps them. */
  readonly fields: readonly Field[]
  readonly added: readonly Field[]
  /** Existing top-level columns that grew fields inside. */
  readonly grown: readonly Field[]
  /** Existing columns that have another default, or none any more. */
  readonly defaulted?: readonly Field[]
}

/**
 * Applies BigQuery's rules for tables.patch and tables.update (docs: managing-table-schemas): the whole schema is sent;
 * it may add NULLABLE and REPEATED columns, relax REQUIRED, change descriptions.
 *
 * @throws BigQueryError 400 `invalid`, in the words of the real service
 */
export function planSchemaChange(
  table: string,
  before: readonly Field[],
  after: readonly Field[],
): SchemaChange {
  const refuse = (rule: string): never => {
    throw new BigQueryError('invalid', `Provided Schema does not match Table ${table}. ${rule}`)
  }
  const fields = mergeLevel(before, after, '', refuse)
  const names = new Set(before.map(({ name }) => name.toLowerCase()))
  return {
    fields,
    added: fields.filter(({ name }) => !names.has(name.toLowerCase())),
    grown: fields.filter((field) => {
      const old = before.find(({ name }) => name.toLowerCase() === field.name.toLowerCase())
      return old?.fields !== undefined && shapeOf(old) !== shapeOf(field)
    }),
    defaulted: fields.filter((field) => {
      const old = before.find(({ name }) => name.toLowerCase() === field.name.toLowerCase())
      return old && (old.defaultValueExpression ?? '') !== (field.defaultValueExpression ?? '')
    }),
  }
}

type Refuse = (rule: string) => never

function mergeLevel(
  before: readonly Field[],
  after: readonly Field[],
  parent: string,
  refuse: Refuse,
): readonly Field[] {
  const sent = new Map(after.map((field) => [field.name.toLowerCase(), field]))
  const kept = before.map((old) => {
    const path = parent === '' ? old.name : `${parent}.${old.name}`
    const field = sent.get(old.name.toLowerCase()) ?? refuse(`Field ${path} is missing in new schema`)
    sent.delete(old.name.toLowerCase())
    return mergeField(old, field, path, refuse)
  })
  const added = [...sent.values()]
  const isFirst = parent === '' && before.length === 0
  for (const field of added) {
    if (field.mode === 'REQUIRED' && !isFirst) {
      refuse(`Cannot add required fields to an existing schema. (field: ${field.name})`)
    }
  }
  return [...kept, ...added]
}

function mergeField(old: Field, field: Field, path: string, refuse: Refuse): Field {
  if (old.type !== field.type) refuse(`Field ${path} has changed type from ${old.type} to ${field.type}`)
  const was = old.mode ?? 'NULLABLE'
  const is = field.mode ?? 'NULLABLE'
  if (was !== is && !(was === 'REQUIRED' && is === 'NULLABLE')) {
    refuse(`Field ${path} has changed mode from ${was} to ${is}`)
  }
  for (const parameter of TYPE_PARAMETERS) {
    if (JSON.stringify(old[parameter]) !== JSON.stringify(field[parameter]))
      throw notImplemented(`another ${parameter} of a column that is there (field ${path})`)
  }
  if (!old.fields) return field
  return { ...field, fields: mergeLevel(old.fields, field.fields ?? [], path, refuse) }
}

function shapeOf({ name, type, mode, fields }: Field): string {
  return `${name} ${type} ${mode === 'REPEATED'} (${fields?.map(shapeOf).join(',') ?? ''})`
}
