import { BigQueryError } from '../../bigquery/errors.ts'
import { quoteText } from '../../bigquery/values/fields.ts'
import { spelling, type SqlType } from '../typing/sql-type.ts'
import type { Template } from './signature.ts'

const NUMBERS = ['INT64', 'FLOAT64', 'NUMERIC']

/** COSINE_DISTANCE and EUCLIDEAN_DISTANCE of two arrays of numbers, or of two of pairs of a dimension and a number. */
export const distanceOf =
  (name: string): Template =>
  (vectors, types) => {
    const kinds = types.map(kindOf)
    if (kinds[0] === undefined || kinds[0] !== kinds[1])
      throw new BigQueryError(
        'invalidQuery',
        `No matching signature for function ${name} for argument types: ${types.map(spelling).join(', ')}`,
      )
    const sides = vectors.flatMap((sql, index) => sideOf(sql, types[index]!))
    const isNull = vectors.map((sql) => `${sql} IS NULL`).join(' OR ')
    return `(CASE WHEN ${isNull} THEN NULL ELSE distance_of('${name}', ${sides.join(', ')}) END)`
  }

/** What kind of vector it is: DENSE, or the type of its dimensions. */
function kindOf({ kind, element }: SqlType): string | undefined {
  if (kind !== 'ARRAY') return undefined
  if (NUMBERS.includes(element!.kind)) return 'DENSE'
  const [place, size, ...rest] = element!.fields ?? []
  if (!place || !size || rest.length > 0 || !NUMBERS.includes(size.type.kind)) return undefined
  return ['INT64', 'STRING'].includes(place.type.kind) ? place.type.kind : undefined
}

/** Its dimensions, none where it is dense, and its numbers. */
function sideOf(sql: string, { element }: SqlType): readonly [places: string, sizes: string] {
  if (!element!.fields) return ['CAST([] AS VARCHAR[])', `CAST(${sql} AS DOUBLE[])`]
  const [places, sizes] = element!.fields.map(
    ({ name }) => `list_transform(${sql}, lambda each_item: struct_extract(each_item, ${quoteText(name)}))`,
  )
  return [`CAST(${places} AS VARCHAR[])`, `CAST(${sizes} AS DOUBLE[])`]
}
