import { BigQueryError, notImplemented } from '../errors.ts'
import type { CsvOptions, SourceSpec } from '../table/source-spec.ts'
import { saysColumns, type Encoding, type ReadOptions } from './file-rows.ts'

const FORMATS = ['AVRO', 'NEWLINE_DELIMITED_JSON', 'CSV', 'PARQUET'] as const
/** Taken, or without a meaning where the files are small and read at once. */
const KNOWN = new Set([
  'sourceUris',
  'sourceFormat',
  'autodetect',
  'schema',
  'ignoreUnknownValues',
  'maxBadRecords',
  'compression',
  'useAvroLogicalTypes',
  'avroOptions',
  'csvOptions',
  'fieldDelimiter',
  'quote',
  'skipLeadingRows',
  'nullMarker',
  'allowJaggedRows',
  'allowQuotedNewlines',
  'encoding',
  'parquetOptions',
  'decimalTargetTypes',
])

/**
 * How the files of a load job or an external table are read.
 *
 * @param also fields that others look at
 * @param isUploaded the bytes came with the job: no URI says where they are
 * @throws BigQueryError that names what is wrong, or not done
 */
export function readOptions(spec: SourceSpec, also: readonly string[] = [], isUploaded = false): ReadOptions {
  for (const [key, value] of Object.entries(spec)) {
    // bq says of what it knows that there is none of it
    const isNone = value === undefined || value === null || value === false
    const isSaid = !isNone && !(Array.isArray(value) && value.length === 0)
    if (isSaid && !KNOWN.has(key) && !also.includes(key))
      throw notImplemented(`${key} of files that are read`)
  }
  const format = FORMATS.find((each) => each === (spec.sourceFormat ?? 'CSV'))
  if (!format) throw notImplemented(`the source format ${spec.sourceFormat}`)
  if (isUploaded && spec.sourceUris?.length)
    throw new BigQueryError('invalid', 'A load job with an upload has no sourceUris.')
  if (!isUploaded && !spec.sourceUris?.length)
    throw new BigQueryError('required', 'Required parameter is missing: sourceUris')
  if (spec.maxBadRecords && !also.includes('maxBadRecords'))
    throw notImplemented('maxBadRecords of an external table')
  const csv: CsvOptions = { ...spec, ...spec.csvOptions }
  return {
    format,
    logicalTypes: spec.avroOptions?.useAvroLogicalTypes ?? spec.useAvroLogicalTypes ?? false,
    ignoreUnknownValues: spec.ignoreUnknownValues ?? false,
    autodetect: spec.autodetect ?? false,
    finds: spec.autodetect === true || saysColumns(format),
    decimals: decimalsOf(spec.decimalTargetTypes),
    encoding: encodingOf(csv.encoding),
    delimiter: delimiterOf(csv.fieldDelimiter),
    quote: csv.quote ?? '"',
    skipLeadingRows: csv.skipLeadingRows === undefined ? undefined : Number(csv.skipLeadingRows),
    nullMarker: csv.nullMarker ?? '',
    allowJaggedRows: csv.allowJaggedRows ?? false,
  }
}

const ENCODINGS: Readonly<Record<string, Encoding>> = {
  'UTF-8': 'UTF-8',
  UTF8: 'UTF-8',
  'ISO-8859-1': 'ISO-8859-1',
  'UTF-16LE': 'UTF-16LE',
  'UTF-16BE': 'UTF-16BE',
}

function encodingOf(sent: string | undefined): Encoding {
  const encoding = ENCODINGS[(sent || 'UTF-8').toUpperCase()]
  if (!encoding) throw notImplemented(`the encoding ${sent}`)
  return encoding
}

const DECIMALS = ['NUMERIC', 'BIGNUMERIC', 'STRING']

function decimalsOf(chosen: readonly string[] | null | undefined): readonly string[] {
  const sent = chosen ?? []
  const other = sent.find((each) => !DECIMALS.includes(each))
  if (other !== undefined)
    throw new BigQueryError('invalid', `Invalid value for decimalTargetTypes: ${other}`)
  return sent.length > 0 ? sent : ['NUMERIC']
}

/** `tab` and `\t` are ways to say it. */
export function delimiterOf(text: string | undefined): string {
  return text === undefined || text === '' ? ',' : text === 'tab' || text === '\\t' ? '\t' : text
}
