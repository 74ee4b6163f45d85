import { BigQueryError } from '../../bigquery/errors.ts'

const CLOCK = ['MICROSECOND', 'MILLISECOND', 'SECOND', 'MINUTE', 'HOUR']
const DAYS = ['DAY', 'WEEK', 'MONTH', 'QUARTER', 'YEAR']

/** What may be added to a time (timestamp functions: a TIMESTAMP has no months). */
const PARTS: Readonly<Record<string, readonly string[]>> = {
  DATE: DAYS,
  DATETIME: [...CLOCK, ...DAYS],
  TIMESTAMP: [...CLOCK, 'DAY'],
  TIME: CLOCK,
}

/** The part of an interval that is written with one. */
export const partOf = (interval: string): string | undefined =>
  /^\(INTERVAL .* ([A-Z]+)\)$/s.exec(interval)?.[1]

/** @param interval DuckDB's SQL of it, whose last word is its part @throws BigQueryError */
export function checkInterval(kind: string, interval: string, name = `${kind} + INTERVAL`): void {
  const part = partOf(interval)
  if (part === undefined)
    throw new BigQueryError('invalidQuery', `${name} takes an INTERVAL of one date part`)
  if (!PARTS[kind]!.includes(part))
    throw new BigQueryError('invalidQuery', `${name} does not support the ${part} date part`)
}
