import { duckDb, spelling, type SqlType } from '../../sql/typing/sql-type.ts'
import type { OutputColumn } from '../../sql/resolve/scope.ts'
import type { Typed } from '../../sql/typing/typed.ts'
import { coerce, distance } from '../../sql/typing/coerce.ts'
import { BigQueryError, notImplemented } from '../errors.ts'
import { quote, quoteText } from '../values/fields.ts'

/** The columns of a query as values of these types. @param wanted undefined for those that they have */
export function scriptColumns(
  columns: readonly OutputColumn[],
  wanted: readonly SqlType[] | undefined,
): Typed[] {
  if (wanted && wanted.length !== columns.length)
    throw new BigQueryError('invalidQuery', `${columns.length} values for ${wanted.length} variables`)
  return columns.map(({ sqlName, type }, index) => {
    const value: Typed = { sql: `part.${quote(sqlName)}`, type }
    const to = wanted?.[index] ?? type
    if (distance(value, to) === undefined)
      throw new BigQueryError(
        'invalidQuery',
        `Cannot coerce expression of type ${spelling(type)} to type ${spelling(to)}`,
      )
    return coerce(value, to)
  })
}

/** DuckDB's SQL that gives a value as a text. @throws BigQueryError for one that no text says */
export function asScriptText(sql: string, type: SqlType): string {
  if (isNested(type)) {
    if (holdsMore(type)) throw notImplemented(`variables of type ${spelling(type)}`)
    return `CAST(to_json(${sql}) AS VARCHAR)`
  }
  if (type.kind === 'BIGNUMERIC') throw notImplemented('variables of type BIGNUMERIC')
  return `CAST(${sql} AS VARCHAR)`
}

/** The value that the text says. */
export function ofScriptText(text: string | null, type: SqlType): Typed {
  const duckType = duckDb(type)
  if (text === null) return { sql: `CAST(NULL AS ${duckType})`, type }
  if (isNested(type)) return { sql: `CAST(CAST(${quoteText(text)} AS JSON) AS ${duckType})`, type }
  return { sql: type.kind === 'STRING' ? quoteText(text) : `CAST(${quoteText(text)} AS ${duckType})`, type }
}

const isNested = ({ kind }: SqlType): boolean => kind === 'ARRAY' || kind === 'STRUCT'

/** Whether JSON does not say all of it. */
function holdsMore({ kind, element, fields = [] }: SqlType): boolean {
  if (element) return holdsMore(element)
  return (
    fields.some(({ type }) => holdsMore(type)) ||
    ['BYTES', 'NUMERIC', 'BIGNUMERIC', 'FLOAT64', 'JSON'].includes(kind)
  )
}
