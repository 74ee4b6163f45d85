import { notImplemented } from '../../bigquery/errors.ts'
import { quoteText } from '../../bigquery/values/fields.ts'
import { once } from '../once.ts'
import { textOf } from '../typing/casts.ts'
import { spelling } from '../typing/sql-type.ts'
import type { Typed } from '../typing/typed.ts'

/**
 * SQL of whether a value has a text in it, without regard to case: a struct in one of its fields, an array in one of its elements. Where
 * none has it and one of them is NULL it is NULL (string functions: CONTAINS_SUBSTR).
 *
 * @throws BigQueryError notImplemented for a value that has no text
 */
export function holdsText({ sql, type }: Pick<Typed, 'sql' | 'type'>, part: string, depth = 0): string {
  if (type.kind === 'ARRAY') {
    const item = `searched_${depth}`
    const found = holdsText({ sql: item, type: type.element! }, part, depth + 1)
    return once(
      `list_transform(${sql}, lambda ${item}: ${found})`,
      (all) =>
        `(CASE WHEN list_contains(${all}, TRUE) THEN TRUE WHEN len(list_filter(${all}, lambda each_item: each_item IS NULL)) = 0 THEN FALSE END)`,
    )
  }
  if (type.kind === 'STRUCT') {
    const fields = type.fields!.map(({ name, type: of }) =>
      holdsText({ sql: `struct_extract(${sql}, ${quoteText(name)})`, type: of }, part, depth),
    )
    return `(${fields.join(' OR ')})`
  }
  if (['JSON', 'BYTES', 'GEOGRAPHY', 'RANGE'].includes(type.kind))
    throw notImplemented(`CONTAINS_SUBSTR of a ${spelling(type)}`)
  return `contains(case_folded(${textOf({ sql, type })}, 'NFKC'), case_folded(${part}, 'NFKC'))`
}
