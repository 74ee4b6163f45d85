import { quote } from '../../bigquery/values/fields.ts'
import type { Typed } from '../typing/typed.ts'
import type { Column, KeptSource, OutputColumn, Scope } from './scope.ts'

/**
 * The tables of a query that pipe operators behind it may still name, and the SQL of their columns, which come out beside those of the
 * query. Behind DISTINCT there are no others: of a table that column is kept which comes out.
 */
export function keptSources(
  { sources }: Scope,
  outputs: readonly { readonly value: Typed }[],
  isDistinct: boolean,
): { readonly list: readonly string[]; readonly sources: readonly KeptSource[] } {
  const list: string[] = []
  const isOut = ({ sql }: Pick<Typed, 'sql'>): boolean =>
    !isDistinct || outputs.some(({ value }) => value.sql === sql)
  const kept = sources.flatMap(({ name, columns, value }, place): KeptSource[] => {
    if (name === undefined) return []
    const give = (
      { name: column, sql, type }: Pick<Column, 'name' | 'sql' | 'type'>,
      index: number,
    ): OutputColumn => {
      const sqlName = `!${place}!${index}`
      list.push(`${sql} AS ${quote(sqlName)}`)
      return { name: column, sqlName, type }
    }
    if (value) return isOut(value) ? [{ name, columns: [], value: give({ name, ...value }, 0) }] : []
    return [{ name, columns: columns.filter((each) => each.isHidden !== true && isOut(each)).map(give) }]
  })
  return { list, sources: kept }
}
