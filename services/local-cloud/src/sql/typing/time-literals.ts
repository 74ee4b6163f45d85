import { BigQueryError } from '../../bigquery/errors.ts'
import { microsOf } from '../time/read-time.ts'

/** A DATE, DATETIME, TIME or TIMESTAMP that is written as a text. @throws BigQueryError invalidQuery */
export function timeLiteral(kind: string, text: string): string {
  const micros = microsOf(kind, text, 'UTC')
  if (micros === undefined)
    throw new BigQueryError('invalidQuery', `Could not cast literal "${text}" to type ${kind}`)
  switch (kind) {
    case 'DATE':
      return `CAST('${dayText(micros / DAY)}' AS DATE)`
    case 'TIMESTAMP':
      return `make_timestamptz(CAST(${micros} AS BIGINT))`
    case 'DATETIME':
      return `make_timestamp(CAST(${micros} AS BIGINT))`
    default:
      return `CAST(make_timestamp(CAST(${micros} AS BIGINT)) AS TIME)`
  }
}

const DAY = 86_400_000_000n

function dayText(days: bigint): string {
  return new Date(Number(days) * 86_400_000).toISOString().slice(0, 10)
}
