import type { Field } from '../values/fields.ts'

export interface CsvOptions {
  readonly fieldDelimiter?: string
  readonly quote?: string | null
  readonly skipLeadingRows?: number | string
  readonly nullMarker?: string
  readonly allowJaggedRows?: boolean
  readonly allowQuotedNewlines?: boolean
  readonly encoding?: string
}

/** JobConfigurationLoad and ExternalDataConfiguration, as far as they say how files are read. */
export interface SourceSpec extends CsvOptions {
  readonly sourceUris?: readonly string[]
  readonly sourceFormat?: string
  readonly autodetect?: boolean
  readonly schema?: { readonly fields?: readonly Field[] }
  readonly ignoreUnknownValues?: boolean
  readonly maxBadRecords?: number | string
  readonly compression?: string
  readonly useAvroLogicalTypes?: boolean
  readonly avroOptions?: { readonly useAvroLogicalTypes?: boolean }
  readonly csvOptions?: CsvOptions
  /** bq sends null where nobody chose any. */
  readonly decimalTargetTypes?: readonly string[] | null
}
