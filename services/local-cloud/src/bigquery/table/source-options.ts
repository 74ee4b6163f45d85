import type { CsvOptions, SourceSpec } from './source-spec.ts'

/** Options of CREATE EXTERNAL TABLE, and what tables.insert calls them: of every format, */
export const OF_SOURCES: Readonly<
  Record<string, keyof Pick<SourceSpec, 'compression' | 'ignoreUnknownValues' | 'maxBadRecords'>>
> = {
  compression: 'compression',
  ignore_unknown_values: 'ignoreUnknownValues',
  max_bad_records: 'maxBadRecords',
}
/** and of CSV. */
export const OF_CSV: Readonly<Record<string, keyof CsvOptions>> = {
  allow_jagged_rows: 'allowJaggedRows',
  allow_quoted_newlines: 'allowQuotedNewlines',
  encoding: 'encoding',
  field_delimiter: 'fieldDelimiter',
  null_marker: 'nullMarker',
  quote: 'quote',
  skip_leading_rows: 'skipLeadingRows',
}
