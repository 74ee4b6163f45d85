import { typeText, type Column } from '@tablestream/table-schema'

/**
 * The DDL that gives columns wider types, which the API cannot: one statement for a table. A column inside a RECORD is
 * changed by giving the whole RECORD again.
 */
export function widenStatement(
  table: string,
  before: readonly Column[],
  after: readonly Column[],
): string | undefined {
  const wanted = byName(after)
  const actions = before.flatMap((column) => {
    const wider = wanted.get(column.name)
    return wider && isWider(column, wider)
      ? [`ALTER COLUMN \`${column.name}\` SET DATA TYPE ${typeOf(keepOld(column, wider))}`]
      : []
  })
  return actions.length === 0 ? undefined : `ALTER TABLE \`${table}\` ${actions.join(', ')}`
}

/** Whether a column that was to be widened still has the type that it had before. */
export function isStillNarrow(
  before: readonly Column[],
  after: readonly Column[],
  now: readonly Column[],
): boolean {
  const [wanted, current] = [byName(after), byName(now)]
  return before.some((column) => {
    const [wider, is] = [wanted.get(column.name), current.get(column.name)]
    if (!wider || !is) return false
    if (column.type !== wider.type) return is.type === column.type
    return isStillNarrow(column.fields ?? [], wider.fields ?? [], is.fields ?? [])
  })
}

function byName(columns: readonly Column[]): ReadonlyMap<string, Column> {
  return new Map(columns.map((column) => [column.name, column]))
}

function isWider(before: Column, after: Column): boolean {
  if (before.type !== after.type) return true
  const wanted = byName(after.fields ?? [])
  return (before.fields ?? []).some((field) => {
    const wider = wanted.get(field.name)
    return wider !== undefined && isWider(field, wider)
  })
}

/** The column with its new types and without its new fields: those come by a patch of their own. */
function keepOld(before: Column, after: Column): Column {
  if (!before.fields) return after
  const wanted = byName(after.fields ?? [])
  return { ...after, fields: before.fields.map((field) => keepOld(field, wanted.get(field.name) ?? field)) }
}

function typeOf({ type, mode, fields, limit }: Column): string {
  const one = fields
    ? `STRUCT<${fields.map((field) => `\`${field.name}\` ${typeOf(field)}`).join(', ')}>`
    : typeText(type, limit)
  return mode === 'REPEATED' ? `ARRAY<${one}>` : one
}
