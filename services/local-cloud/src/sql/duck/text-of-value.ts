import { once } from '../once.ts'

/** FLOAT64 as text. DuckDB writes the same digits where 15 say it: whole numbers and those of four digits behind the point do it fast. */
export function floatText(sql: string): string {
  return once(
    sql,
    (value) =>
      `(CASE WHEN round(${value}, 4) = ${value} AND abs(${value}) BETWEEN 0.0001 AND 9999999999
        THEN CASE WHEN ${value} = trunc(${value}) THEN CAST(CAST(${value} AS BIGINT) AS VARCHAR) ELSE CAST(${value} AS VARCHAR) END
        WHEN abs(${value}) BETWEEN 0.0001 AND 999999999999999 AND length(CAST(${value} AS VARCHAR)) <= 16
        THEN rtrim(rtrim(CAST(${value} AS VARCHAR), '0'), '.') ELSE text_of_float(${value}) END)`,
  )
}

const WITHOUT_FRACTION = { DATETIME: 19, TIME: 8 }

/** A DATETIME or TIME as text: its fraction has no, three or six digits, where DuckDB leaves out zeros at its end. */
export function clockText(sql: string, kind: 'DATETIME' | 'TIME'): string {
  const size = WITHOUT_FRACTION[kind]
  return once(
    `CAST(${sql} AS VARCHAR)`,
    (text) =>
      `(CASE WHEN length(${text}) <= ${size} THEN ${text} ELSE rpad(${text}, CASE WHEN length(${text}) <= ${size + 4} THEN ${size + 4} ELSE ${size + 7} END, '0') END)`,
  )
}

/** A TIMESTAMP as clocks in UTC show it. */
export const utcText = (sql: string): string => clockText(`timezone('UTC', ${sql})`, 'DATETIME')

const CLOCK = String.raw`[1-9]\d{3}-\d{2}-\d{2}[ T]([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d{1,6})?`
/** Spellings that DuckDB reads as GoogleSQL does: those of nearly all texts. */
const USUAL: Readonly<Record<string, string>> = {
  TIMESTAMP: String.raw`${CLOCK}(Z|\+00(:00)?)?`,
  DATETIME: CLOCK,
  DATE: String.raw`[1-9]\d{3}-\d{2}-\d{2}`,
}

/** Microseconds of what a text in UTC says; NULL where it says no such time. */
export function microsOfText(kind: string, sql: string): string {
  const usual = USUAL[kind]
  const any = (text: string) => `time_of_text('${kind}', ${text}, 'UTC')`
  if (usual === undefined) return any(sql)
  return once(
    sql,
    (text) =>
      `(CASE WHEN regexp_full_match(${text}, '${usual}') THEN epoch_us(TRY_CAST(${text} AS TIMESTAMP)) ELSE ${any(text)} END)`,
  )
}
