import { explained as withBigNumerics } from '../values/big-numeric.ts'
import { asResourcesExceeded, BigQueryError } from '../errors.ts'

/** What DuckDB says, and BigQuery's words for it: the first that fits. */
const WORDS: readonly (readonly [pattern: RegExp, words: string])[] = [
  [
    /column "?([^"]+)"? must appear in the GROUP BY clause/,
    'SELECT list expression references column $1 which is neither grouped nor aggregated',
  ],
  [/Overflow in \w+ of INT64 \((\S+) (\S+) (\S+?)\)/, 'int64 overflow: $1 $2 $3'],
  [/Overflow in \w+ of DECIMAL/, 'numeric overflow'],
  // SUM adds up NUMERICs so
  [/Overflow in HUGEINT addition/, 'numeric overflow: SUM'],
  [/Overflow on abs\((.*?)\)/, 'int64 overflow: ABS($1)'],
  [/Overflow in negation/, 'int64 overflow: -(-9223372036854775808)'],
  [/Overflow in division of (\S+) \/ (\S+)/, 'int64 overflow: $1 / $2'],
  [/Type INT128 with value (\S+) can't be cast/, 'int64 overflow: $1'],
  [
    /Type (?:DOUBLE|FLOAT) with value (\S+) can't be cast .* type (?:INT64|BIGINT)/,
    'Illegal conversion of $1 to type int64',
  ],
  [/Type \w+ with value (\S+) can't be cast/, 'Value out of range: $1'],
  [/Failed to cast decimal value (\S+) to type INT64/, 'int64 out of range: $1'],
  [/Could not (?:convert string|cast value) "?([^"\s]+)"? to DECIMAL/, 'numeric out of range: $1'],
  [/Casting value "?([^"\s]+)"? to type DECIMAL.* failed/, 'numeric out of range: $1'],
  [/More than one row returned by a subquery/, 'Scalar subquery produced more than one element'],
  [/Invalid UTF8 Codepoint (\S+)/, 'Invalid codepoint $1'],
  [/could not convert blob to UTF8|[Ii]nvalid UTF-?8/, 'Invalid UTF-8 in BYTES that are to become a STRING'],
  [/Invalid input for hex digit: (.*)/, 'Failed to decode invalid hexadecimal string: $1'],
  [/Could not decode string "(.*?)" as base64/, "Failed to decode invalid base64 string '$1'"],
  [/Date out of range: (\S+)/, 'Input calculates to invalid date: $1'],
  [/Unknown TimeZone '(.*?)'/, 'Invalid time zone: $1'],
  [/cannot take logarithm/i, 'Floating point error in function: LOG'],
  [
    /^(?:Invalid Input Error: )?(missing [)\]].*|invalid (?:perl operator|escape sequence|character class|repetition).*|no argument for repetition.*|unexpected \).*|bad (?:repetition|named).*)/i,
    'Cannot parse regular expression: $1',
  ],
  [/maximum supported (?:string size|vector size)|Lists larger than/, 'The value is too large'],
  [/QUANTILE can only take/, 'The percentile must be between 0 and 1'],
  [/Argument for ntile must be greater/, 'The argument of NTILE must be greater than 0'],
  [/Duplicate struct entry name "(.*?)"/, 'local-cloud knows no STRUCT with two fields of one name: $1'],
  [/WHERE clause cannot contain aggregates/, 'Aggregate function not allowed in WHERE or ON clause'],
  [
    /GROUPING (?:child|statement)/,
    'GROUPING must have an argument that exists within the group-by expression list',
  ],
  [
    /Conflict on (?:tuple deletion|update)|(?:write-write|[Tt]ransaction) conflict|has been (?:altered|dropped) by another/,
    'Transaction is aborted due to concurrent update against a table that it changes',
  ],
  [/Current transaction is aborted/, 'A statement of the transaction has failed: it can only be rolled back'],
  [/NOT NULL constraint failed: (?:[^."]|"[^"]*")*\.(\S+)/, 'Required field $1 cannot be null'],
  [
    /[Dd]ate.*out of range|[Tt]imestamp.*out of range|Overflow exception in date|[Ii]nterval value out of range/,
    'A date or time is out of range',
  ],
]

/** DuckDB's name for a kind of error: what follows speaks of its SQL, which nobody here has written. */
const KINDS =
  /^(?:Failed to \w+ statements: )?(?:Binder|Parser|Catalog|Conversion|Out of Range|Constraint|Not implemented|Internal|INTERNAL|Invalid Type|Mismatch Type|Dependency|Transaction|TransactionContext|Syntax|Serialization|Type) (?:E|e)rror: /

/** Does the work, and says in words of BigQuery why DuckDB did not. @throws BigQueryError invalidQuery, resourcesExceeded */
export async function explained<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (error instanceof BigQueryError) throw error
    throw asResourcesExceeded(error) ?? new BigQueryError('invalidQuery', explain(error), { cause: error })
  }
}

function explain(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  for (const [pattern, words] of WORDS) {
    const found = pattern.exec(error.message)
    if (found) return words.replaceAll(/\$(\d)/g, (_, place: string) => found[Number(place)] ?? '')
  }
  const told = error.message
    .split('\n\n')[0]!
    .trim()
    .replace(/^Invalid Input Error: /, '')
  if (!KINDS.test(told)) return withBigNumerics(told)
  if (/\bSTRUCT\("!order"/.test(told)) return withBigNumerics(told.replace(KINDS, ''))
  return `local-cloud cannot run this statement: ${plain(told.replace(KINDS, ''))}`
}

/** Without the SQL that local-cloud has made. */
const plain = (told: string): string =>
  /[_"(]\w*[a-z]_[a-z]/.test(told) ? 'DuckDB, which runs it, refuses what local-cloud makes of it' : told
