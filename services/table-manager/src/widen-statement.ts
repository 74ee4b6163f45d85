import type { Column } from '@tablestream/table-schema'

/**
 * The DDL that gives columns wider types, which the API cannot: one statement for a table. A column inside a RECORD is
 * changed by giving the whole RECORD again.
 */
export function widenStatement(
  table: string,
  before: readonly Column[],
  after: readonly Column[],
): string | undefined {
  const old = new Map(before.map((column) => [column.name, column]))
  const actions = after.flatMap((column) => {
    const was = old.get(column.name)
    return was && isWider(was, column)
      ? [`ALTER COLUMN \`${column.name}\` SET DATA TYPE ${typeOf(keepOld(was, column))}`]
      : []
  })
  return actions.length === 0 ? undefined : `ALTER TABLE \`${table}\` ${actions.join(', ')}`
}

function isWider(before: Column, after: Column): boolean {
  if (before.type !== after.type) return true
  return (before.fields ?? []).some((field, index) => isWider(field, after.fields![index]!))
}

/** The column with its new types and without its new fields: those come by a patch of their own. */
function keepOld(before: Column, after: Column): Column {
  const { fields } = before
  return fields
    ? { ...after, fields: fields.map((field, index) => keepOld(field, after.fields![index]!)) }
    : after
}

function typeOf({ type, mode, fields }: Column): string {
  const one = fields
    ? `STRUCT<${fields.map((field) => `\`${field.name}\` ${typeOf(field)}`).join(', ')}>`
    : type
  return mode === 'REPEATED' ? `ARRAY<${one}>` : one
}
