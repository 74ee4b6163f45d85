import { GoogleError } from '../../google-error.ts'
import { readDuration, refuseOthers, type Duration } from './json-values.ts'

/** Where a Cloud Storage subscription writes, and what. */
export interface StorageConfig {
  readonly bucket: string
  readonly filenamePrefix: string
  readonly filenameSuffix: string
  readonly filenameDatetimeFormat: string
  readonly format: 'text' | 'avro'
  /** With Avro: what Pub/Sub knows of a message, too. */
  readonly writeMetadata: boolean
  /** A file is closed when it is so old, or has so much. */
  readonly maxSeconds: number
  readonly maxBytes?: number
  readonly maxMessages?: number
}

export interface StorageConfigResource {
  bucket?: string | null
  filenamePrefix?: string | null
  filenameSuffix?: string | null
  filenameDatetimeFormat?: string | null
  textConfig?: object | null
  avroConfig?: { writeMetadata?: boolean | null; [other: string]: unknown } | null
  maxDuration?: Duration
  maxBytes?: number | string | { toString(): string } | null
  maxMessages?: number | string | { toString(): string } | null
  [other: string]: unknown
}

/** What an update may name of it. */
export const STORAGE_CHANGES = [
  'bucket',
  'filenamePrefix',
  'filenameSuffix',
  'filenameDatetimeFormat',
  'textConfig',
  'avroConfig',
  'maxDuration',
  'maxBytes',
  'maxMessages',
  'serviceAccountEmail',
]
const FIELDS = new Set([...STORAGE_CHANGES, 'state'])
const FIVE_MINUTES = 300

/** @throws GoogleError that names what is wrong, or is not done */
export function readStorageConfig(resource: StorageConfigResource): StorageConfig {
  refuseOthers('cloudStorageConfig', resource, FIELDS)
  const { textConfig, avroConfig } = resource
  if (textConfig && avroConfig)
    throw new GoogleError('INVALID_ARGUMENT', 'Only one of text_config and avro_config can be set.')
  if (avroConfig) refuseOthers('cloudStorageConfig.avroConfig', avroConfig, new Set(['writeMetadata']))
  const maxBytes = Number(String(resource.maxBytes ?? 0))
  const maxMessages = Number(String(resource.maxMessages ?? 0))
  return {
    bucket: resource.bucket ?? '',
    filenamePrefix: resource.filenamePrefix ?? '',
    filenameSuffix: resource.filenameSuffix ?? '',
    filenameDatetimeFormat: resource.filenameDatetimeFormat ?? '',
    format: avroConfig ? 'avro' : 'text',
    writeMetadata: avroConfig?.writeMetadata ?? false,
    maxSeconds: readDuration(resource.maxDuration, FIVE_MINUTES),
    ...(maxBytes !== 0 && { maxBytes }),
    ...(maxMessages !== 0 && { maxMessages }),
  }
}

/** Proto3 JSON. */
export function storageConfigJson(config: StorageConfig): Record<string, unknown> {
  const { maxSeconds, maxBytes, maxMessages, format, writeMetadata } = config
  const names = (['filenamePrefix', 'filenameSuffix', 'filenameDatetimeFormat'] as const).filter(
    (name) => config[name] !== '',
  )
  return {
    bucket: config.bucket,
    ...Object.fromEntries(names.map((name) => [name, config[name]])),
    ...(format === 'avro' ? { avroConfig: writeMetadata ? { writeMetadata } : {} } : { textConfig: {} }),
    maxDuration: `${maxSeconds}s`,
    ...(maxBytes !== undefined && { maxBytes: String(maxBytes) }),
    ...(maxMessages !== undefined && { maxMessages: String(maxMessages) }),
    state: 'ACTIVE',
  }
}

// 1 KB, of which the documentation of Terraform's provider, whose examples are tested at Google, has 1,000 bytes
const KB = 1000
const TEN_GIB = 10 * 2 ** 30

/** The rules of pubsub.proto, CloudStorageConfig. @throws GoogleError that names the field, the rule and the value */
export function checkStorageConfig(config: StorageConfig, ackDeadlineSeconds: number): void {
  const { maxSeconds, maxBytes, maxMessages, filenameSuffix } = config
  const rules: readonly (readonly [boolean, string, unknown, string])[] = [
    [maxSeconds >= 60 && maxSeconds <= 600, 'max_duration', `${maxSeconds}s`, 'it must be 1 to 10 minutes'],
    [
      maxSeconds <= ackDeadlineSeconds,
      'max_duration',
      `${maxSeconds}s`,
      `it may not exceed ack_deadline_seconds, which is ${ackDeadlineSeconds}`,
    ],
    [
      maxBytes === undefined || (maxBytes >= KB && maxBytes <= TEN_GIB),
      'max_bytes',
      maxBytes,
      'it must be 1 KB to 10 GiB',
    ],
    [
      maxMessages === undefined || maxMessages >= 1000,
      'max_messages',
      maxMessages,
      'it must be at least 1000',
    ],
    [!filenameSuffix.endsWith('/'), 'filename_suffix', filenameSuffix, 'it must not end with "/"'],
  ]
  for (const [holds, field, value, rule] of rules)
    if (!holds)
      throw new GoogleError(
        'INVALID_ARGUMENT',
        `Invalid cloud_storage_config.${field} ${String(value)}: ${rule}.`,
      )
  checkDatetimeFormat(config.filenameDatetimeFormat)
}

const DEFAULT_DATETIME = 'YYYY-MM-DDThh:mm:ss+00:00'
const MATCHER = /YYYY|YY|MM|DD|hh|mm|ss/g

/**
 * Each matcher at most once, and delimiters between them (docs: create Cloud Storage subscriptions, file names). A Z at the end, for UTC,
 * is in the examples of Terraform's provider, which are tested at Google.
 */
function checkDatetimeFormat(format: string): void {
  const matchers = format.match(MATCHER) ?? []
  const isOnce = new Set(matchers.map((each) => each.slice(0, 2))).size === matchers.length
  if (format === '' || (isOnce && /^[-_:/]*Z?$/.test(format.replaceAll(MATCHER, '')))) return
  throw new GoogleError(
    'INVALID_ARGUMENT',
    `Invalid cloud_storage_config.filename_datetime_format "${format}": YYYY or YY, MM, DD, hh, mm and ss, each once, and - _ : / between them.`,
  )
}

/** The name of a file. @param millis when it was begun, since 1970 */
export function filenameOf(config: StorageConfig, millis: number, id: string): string {
  const [date = '', time = ''] = new Date(millis).toISOString().split('T')
  const [year = '', month = '', day = ''] = date.split('-')
  const [hour = '', minute = '', second = ''] = time.slice(0, 'hh:mm:ss'.length).split(':')
  const parts: Readonly<Record<string, string>> = {
    YYYY: year,
    YY: year.slice(2),
    MM: month,
    DD: day,
    hh: hour,
    mm: minute,
    ss: second,
  }
  const text = (config.filenameDatetimeFormat || DEFAULT_DATETIME).replaceAll(MATCHER, (each) => parts[each]!)
  return `${config.filenamePrefix}${text}_${id}${config.filenameSuffix}`
}
