import { fail } from '../fail.ts'

const TYPES: Readonly<Record<string, readonly [duckType: string, first: string, last: string]>> = {
  DATE: ['DATE', "DATE '0001-01-01'", "DATE '9999-12-31'"],
  DATETIME: ['TIMESTAMP', "TIMESTAMP '0001-01-01 00:00:00'", "TIMESTAMP '9999-12-31 23:59:59.999999'"],
  TIMESTAMP: [
    'TIMESTAMPTZ',
    "TIMESTAMPTZ '0001-01-01 00:00:00+00'",
    "TIMESTAMPTZ '9999-12-31 23:59:59.999999+00'",
  ],
}

/** SQL of a time that is reckoned: GoogleSQL has the years 1 to 9999, DuckDB more. */
export function inRange(sql: string, kind: string): string {
  const found = TYPES[kind]
  if (!found) return sql
  const [duckType, first, last] = found
  const wrong = fail(`'${kind} is out of range: ' || ${sql}`, duckType)
  return `(CASE WHEN ${sql} BETWEEN ${first} AND ${last} OR ${sql} IS NULL THEN ${sql} ELSE ${wrong} END)`
}
