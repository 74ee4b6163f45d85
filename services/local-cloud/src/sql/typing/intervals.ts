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

/** @param part of the interval that is added, where it is written with one @throws BigQueryError */
export function checkInterval(kind: string, part: string | undefined, name = `${kind} + INTERVAL`): void {
  if (part === undefined)
    throw new BigQueryError('invalidQuery', `${name} takes an INTERVAL of one date part`)
  if (!PARTS[kind]!.includes(part))
    throw new BigQueryError('invalidQuery', `${name} does not support the ${part} date part`)
}
