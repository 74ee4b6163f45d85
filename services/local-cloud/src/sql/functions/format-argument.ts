import { quoteText } from '../../bigquery/values/fields.ts'
import { notImplemented } from '../../bigquery/errors.ts'
import { once } from '../once.ts'
import { textOf } from '../typing/casts.ts'
import type { Typed } from '../typing/typed.ts'
import { spelling } from '../typing/sql-type.ts'

/**
 * SQL of the text that FORMAT() is given of a value: of BYTES their hexadecimal digits, of an array or struct `(kind) (text)` of each
 * value in it, in JSON.
 */
export function formatArgument({ sql, type }: Typed): string {
  if (type.kind === 'GEOGRAPHY' || type.kind === 'RANGE')
    throw notImplemented(`a ${spelling(type)} in FORMAT`)
  if (type.kind === 'BYTES') return `hex(${sql})`
  if (type.kind === 'JSON') return `CAST(${sql} AS VARCHAR)`
  if (type.kind !== 'ARRAY' && type.kind !== 'STRUCT') return textOf({ sql, type })
  return `CAST(${nested({ sql, type }, 0)} AS VARCHAR)`
}

function nested({ sql, type }: Typed, depth: number): string {
  if (type.kind === 'ARRAY') {
    const item = `format_item_${depth}`
    const items = `list_transform(${sql}, lambda ${item}: ${nested({ sql: item, type: type.element! }, depth + 1)})`
    return `(CASE WHEN ${sql} IS NULL THEN json_array('NULL', NULL) ELSE json_array('ARRAY', ${items}) END)`
  }
  if (type.kind === 'STRUCT')
    return once(sql, (struct) => {
      const fields = type.fields!.map(({ name, type: of }) =>
        nested({ sql: `struct_extract(${struct}, ${quoteText(name)})`, type: of }, depth),
      )
      return `(CASE WHEN ${struct} IS NULL THEN json_array('NULL', NULL) ELSE json_array('STRUCT', json_array(${fields.join(', ')})) END)`
    })
  return `json_array(${quoteText(type.kind)}, ${formatArgument({ sql, type })})`
}
