import { StorageError, notSupported } from './errors.ts'

type Body = Readonly<Record<string, unknown>>

/** What a caller may say of an object. */
export interface ObjectSettings {
  readonly contentType?: string
  readonly contentEncoding?: string
  readonly contentDisposition?: string
  readonly contentLanguage?: string
  readonly cacheControl?: string
  /** RFC 3339. */
  readonly customTime?: string
  readonly storageClass?: string
  readonly metadata?: Readonly<Record<string, string>>
  /** While one of these is there, the object is neither deleted nor replaced. */
  readonly temporaryHold?: true
  readonly eventBasedHold?: true
}

/** An object as it is kept. Times are milliseconds since 1970. */
export interface StoredObject {
  readonly bucket: string
  readonly name: string
  /** Of this content: another one has a larger number. */
  readonly generation: number
  /** Of what is said about it: 1 with each content, and one more with each change. */
  readonly metageneration: number
  readonly settings: ObjectSettings
  readonly size: number
  readonly crc32c: string
  /** None of one that was composed. */
  readonly md5Hash?: string
  readonly componentCount?: number
  readonly timeCreated: number
  readonly updated: number
  readonly timeStorageClassUpdated: number
  /** The file of its bytes, in the bucket's folder. */
  readonly file: string
}

const TEXTS = [
  'contentType',
  'contentEncoding',
  'contentDisposition',
  'contentLanguage',
  'cacheControl',
  'customTime',
  'storageClass',
] as const
const HOLDS = ['temporaryHold', 'eventBasedHold'] as const
/** The last three are those of before 2019, which are taken still (docs: storage classes, legacy). */
const STORAGE_CLASSES = [
  'STANDARD',
  'NEARLINE',
  'COLDLINE',
  'ARCHIVE',
  'MULTI_REGIONAL',
  'REGIONAL',
  'DURABLE_REDUCED_AVAILABILITY',
]
/** Keys and values, in bytes (docs: quotas). */
const LARGEST_METADATA = 8 << 10
// sent by clients as part of what they read, or without a meaning here
const IGNORED = new Set([
  'kind',
  'id',
  'name',
  'bucket',
  'selfLink',
  'mediaLink',
  'generation',
  'metageneration',
  'etag',
  'size',
  'md5Hash',
  'crc32c',
  'componentCount',
  'timeCreated',
  'updated',
  'timeStorageClassUpdated',
  'timeFinalized',
  'owner',
])

/**
 * The settings after a change: null takes one away, and what is not named stays.
 *
 * @throws StorageError that names the field
 */
export function changeSettings(before: ObjectSettings, body: Body): ObjectSettings {
  const after: Record<string, unknown> = { ...before }
  for (const [key, value] of Object.entries(body)) {
    if (key === 'metadata') after['metadata'] = changeMetadata(before.metadata, value)
    else if ((TEXTS as readonly string[]).includes(key)) after[key] = textOf(key, value)
    else if ((HOLDS as readonly string[]).includes(key)) after[key] = holdOf(key, value)
    else if (!IGNORED.has(key) && value !== null && value !== undefined && value !== false)
      throw notSupported(`object.${key}`)
  }
  checkCustomTime(before.customTime, after['customTime'] as string | undefined)
  return Object.fromEntries(Object.entries(after).filter(([, value]) => value !== undefined))
}

/** It only goes forward (docs: object metadata, Custom-Time). */
function checkCustomTime(before: string | undefined, after: string | undefined): void {
  if (before === undefined || (after !== undefined && Date.parse(after) >= Date.parse(before))) return
  throw new StorageError(
    'invalid',
    `Invalid value for field customTime: ${after ?? 'none'}; it was ${before}.`,
  )
}

function holdOf(key: string, value: unknown): true | undefined {
  if (value === null || value === undefined || value === false) return undefined
  if (value === true) return value
  throw new StorageError('invalid', `Invalid value for field ${key}: true or false.`)
}

/** @throws StorageError where an object is held (docs: object holds; HTTP status and error codes, objectUnderActiveHold) */
export function checkHold(object: StoredObject | undefined): void {
  if (object && isHeld(object)) {
    const { bucket, name, settings } = object
    const hold = settings.temporaryHold ? 'Temporary' : 'Event-Based'
    const message = `Object '${bucket}/${name}' is under active ${hold} hold and cannot be deleted, overwritten or archived until hold is removed.`
    throw new StorageError('objectUnderActiveHold', message)
  }
}

export function isHeld({ settings: { temporaryHold, eventBasedHold } }: StoredObject): boolean {
  return temporaryHold === true || eventBasedHold === true
}

function textOf(key: string, value: unknown): string | undefined {
  if (value === null || value === undefined || value === '') return undefined
  if (typeof value !== 'string') throw new StorageError('invalid', `Invalid value for field ${key}: a text.`)
  if (key === 'storageClass') return checkStorageClass(value)
  if (key === 'customTime' && Number.isNaN(Date.parse(value)))
    throw new StorageError('invalid', `Invalid value for field customTime: ${value}`)
  return value
}

/** @throws StorageError for one that there is not */
export function checkStorageClass(value: unknown): string {
  const name = String(value).toUpperCase()
  if (STORAGE_CLASSES.includes(name)) return name
  throw new StorageError('invalid', `Invalid argument: storage class ${String(value)}.`)
}

function changeMetadata(
  before: ObjectSettings['metadata'],
  value: unknown,
): ObjectSettings['metadata'] | undefined {
  if (value === null || value === undefined) return undefined
  if (typeof value !== 'object' || Array.isArray(value))
    throw new StorageError('invalid', 'Invalid value for field metadata: an object of texts.')
  const merged: Record<string, unknown> = { ...before, ...value }
  const kept = Object.entries(merged).filter(([, text]) => text !== null && text !== undefined)
  const texts = kept.map(([key, text]) => [key, typeof text === 'string' ? text : String(text)] as const)
  const bytes = texts.reduce((sum, [key, text]) => sum + Buffer.byteLength(key) + Buffer.byteLength(text), 0)
  if (bytes > LARGEST_METADATA)
    throw new StorageError('invalid', `The metadata has ${bytes} bytes; ${LARGEST_METADATA} is the limit.`)
  return texts.length === 0 ? undefined : Object.fromEntries(texts)
}

/** `…/storage/v1/b/BUCKET/o/NAME`, as the API names an object. */
function linkOf({ bucket, name }: StoredObject, root: string, kind: string): string {
  return `${root}${kind}storage/v1/b/${bucket}/o/${encodeURIComponent(name)}`
}

export const etagOf = ({ generation, metageneration }: StoredObject): string =>
  Buffer.from(`${generation}/${metageneration}`).toString('base64')

const timeText = (millis: number): string => new Date(millis).toISOString()

/** The Object resource. @param root `http://127.0.0.1:4443/` */
export function objectResource(object: StoredObject, root: string): Record<string, unknown> {
  const { bucket, name, generation, metageneration, settings, size, md5Hash, componentCount } = object
  return {
    kind: 'storage#object',
    id: `${bucket}/${name}/${generation}`,
    selfLink: linkOf(object, root, ''),
    mediaLink: `${linkOf(object, root, 'download/')}?generation=${generation}&alt=media`,
    name,
    bucket,
    generation: String(generation),
    metageneration: String(metageneration),
    storageClass: 'STANDARD',
    ...settings,
    size: String(size),
    ...(md5Hash !== undefined && { md5Hash }),
    ...(componentCount !== undefined && { componentCount }),
    crc32c: object.crc32c,
    etag: etagOf(object),
    timeCreated: timeText(object.timeCreated),
    updated: timeText(object.updated),
    timeStorageClassUpdated: timeText(object.timeStorageClassUpdated),
    timeFinalized: timeText(object.timeCreated),
  }
}
