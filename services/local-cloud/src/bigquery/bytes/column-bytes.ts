import { quote, type Field } from '../values/fields.ts'
import { isPicos } from '../values/type-parameters.ts'

/** Logical bytes of a value that is there (docs: GoogleSQL data types, "Data type sizes"); of text it is two, and what it holds. */
const BYTES: Readonly<Record<string, number>> = {
  INTEGER: 8,
  FLOAT: 8,
  BOOLEAN: 1,
  TIMESTAMP: 8,
  DATE: 8,
  TIME: 8,
  DATETIME: 8,
  NUMERIC: 16,
  BIGNUMERIC: 32,
}

/** DuckDB's SQL for the bytes that these columns take in one row; NULL takes none. */
export function columnsBytes(fields: readonly Field[]): string {
  return sumOf(fields.map((field) => bytesOf(field, quote(field.name), 0)))
}

/** Halves in brackets: DuckDB takes no expression that is nested deeper than 1,000, and a long sum is. */
function sumOf(terms: readonly string[]): string {
  if (terms.length <= 1) return terms[0] ?? '0'
  const half = terms.length >> 1
  return `(${sumOf(terms.slice(0, half))} + ${sumOf(terms.slice(half))})`
}

function bytesOf(field: Field, value: string, depth: number): string {
  if (field.mode === 'REPEATED') {
    const each = `each${depth}`
    const { mode: _, ...single } = field
    return `coalesce(list_sum(list_transform(${value}, lambda ${each}: ${bytesOf(single, each, depth + 1)})), 0)`
  }
  const { type, fields = [] } = field
  if (type === 'RECORD')
    return sumOf(
      fields.map((inner) =>
        bytesOf(inner, `struct_extract(${value}, '${inner.name.replaceAll("'", "''")}')`, depth),
      ),
    )
  const bytes = isPicos(field) ? 16 : BYTES[type]
  if (bytes !== undefined) return `(CASE WHEN ${value} IS NULL THEN 0 ELSE ${bytes} END)`
  if (type === 'BYTES') return `coalesce(octet_length(${value}) + 2, 0)`
  // the text of JSON, without the two
  const more = type === 'JSON' ? 0 : 2
  return `coalesce(strlen(CAST(${value} AS VARCHAR)) + ${more}, 0)`
}
