import type { BucketPolicy } from './bucket-policy.ts'
import { notSupported, StorageError } from './errors.ts'
import { checkLabels } from './labels.ts'
import { readLifecycle, type Lifecycle } from './lifecycle.ts'
import { checkStorageClass } from './object-metadata.ts'

type Body = Readonly<Record<string, unknown>>

/** What a caller may say of a bucket: the part of the Bucket resource that is kept. */
export interface BucketSettings {
  readonly location?: string
  readonly storageClass?: string
  readonly labels?: Readonly<Record<string, string>>
  readonly lifecycle?: Lifecycle
  readonly iamConfiguration?: object
  readonly softDeletePolicy?: object
  /** Regions of a bucket that is in two. */
  readonly customPlacementConfig?: object
  readonly rpo?: string
}

/** A bucket as it is kept. Times are milliseconds since 1970. */
export interface Bucket {
  readonly name: string
  readonly projectId: string
  readonly settings: BucketSettings
  /** Who may do what; absent: what every bucket begins with. Nobody is refused by it. */
  readonly policy?: BucketPolicy
  readonly metageneration: number
  readonly timeCreated: number
  readonly updated: number
}

// sent by clients as part of what they read, or without a meaning here
const IGNORED = new Set([
  'kind',
  'id',
  'name',
  'selfLink',
  'projectNumber',
  'metageneration',
  'etag',
  'timeCreated',
  'updated',
  'locationType',
  'owner',
  'generation',
])
/** Features whose absence may be said: `{enabled: false}`. */
const FEATURES = new Set(['versioning', 'autoclass', 'hierarchicalNamespace', 'objectRetention', 'billing'])

/** The settings after a change: null takes one away. @throws StorageError that names the field */
export function changeBucket(before: BucketSettings, body: Body): BucketSettings {
  const after: Record<string, unknown> = { ...before }
  for (const [key, value] of Object.entries(body)) {
    if (IGNORED.has(key) || (FEATURES.has(key) && isOff(value))) continue
    after[key] = changeSetting(before, key, value)
  }
  return Object.fromEntries(Object.entries(after).filter(([, value]) => value !== undefined))
}

function changeSetting(before: BucketSettings, key: string, value: unknown): unknown {
  if (value === null || value === undefined) return undefined
  switch (key) {
    case 'location':
      if (typeof value !== 'string') throw new StorageError('invalid', 'The location of a bucket is a text.')
      return value.toUpperCase()
    case 'storageClass':
      return checkStorageClass(value)
    case 'labels':
      return noneIfEmpty(checkLabels(merged(before.labels, value)))
    case 'lifecycle':
      return readLifecycle(value)
    case 'rpo':
      return oneOf('rpo', value, RPO)
    case 'customPlacementConfig':
      return merged(undefined, value)
    case 'iamConfiguration':
      checkAccess(value)
      return merged(before[key], value)
    case 'softDeletePolicy':
      return merged(before[key], value)
    default:
      throw notSupported(`bucket.${key}`)
  }
}

function merged(before: object | undefined, value: unknown): object {
  if (typeof value !== 'object' || Array.isArray(value))
    throw new StorageError('invalid', 'Invalid argument.')
  const entries = Object.entries({ ...before, ...value }).filter(([, each]) => each !== null)
  return Object.fromEntries(entries)
}

function noneIfEmpty(value: object): object | undefined {
  return Object.keys(value).length === 0 ? undefined : value
}

const RPO = ['DEFAULT', 'ASYNC_TURBO']
/** `unspecified` is what `inherited` was called before. */
const PREVENTION = ['inherited', 'enforced', 'unspecified']

function oneOf(field: string, value: unknown, known: readonly string[]): string {
  if (typeof value === 'string' && known.includes(value)) return value
  throw new StorageError(
    'invalid',
    `Invalid value for field ${field}: ${String(value)}; ${known.join(', ')}.`,
  )
}

function checkAccess(value: unknown): void {
  const { publicAccessPrevention: prevention } = value as { readonly publicAccessPrevention?: unknown }
  if (prevention !== undefined && prevention !== null)
    oneOf('iamConfiguration.publicAccessPrevention', prevention, PREVENTION)
}

/** null, false, and objects in which nothing is switched on. */
function isOff(value: unknown): boolean {
  if (value === null || value === undefined || value === false) return true
  return typeof value === 'object' && Object.values(value).every((each) => each === null || each === false)
}

const ACCESS = {
  bucketPolicyOnly: { enabled: true },
  uniformBucketLevelAccess: { enabled: true },
  publicAccessPrevention: 'inherited',
}
const MULTI_REGIONS = new Set(['US', 'EU', 'ASIA'])
const DUAL_REGIONS = new Set(['NAM4', 'EUR4', 'ASIA1', 'EUR5', 'EUR7', 'EUR8'])

function locationType(location: string, { customPlacementConfig }: BucketSettings): string {
  if (customPlacementConfig || DUAL_REGIONS.has(location)) return 'dual-region'
  return MULTI_REGIONS.has(location) ? 'multi-region' : 'region'
}

export const bucketETag = ({ metageneration }: Bucket): string =>
  Buffer.from(String(metageneration)).toString('base64')

/** The Bucket resource. @param root `http://127.0.0.1:4443/` */
export function bucketResource(bucket: Bucket, root: string): Record<string, unknown> {
  const { name, settings, metageneration, timeCreated, updated } = bucket
  const { location = 'US', iamConfiguration } = settings
  return {
    kind: 'storage#bucket',
    id: name,
    selfLink: `${root}storage/v1/b/${name}`,
    projectNumber: '1',
    name,
    metageneration: String(metageneration),
    storageClass: 'STANDARD',
    ...settings,
    location,
    locationType: locationType(location, settings),
    iamConfiguration: { ...ACCESS, ...iamConfiguration },
    etag: bucketETag(bucket),
    timeCreated: new Date(timeCreated).toISOString(),
    updated: new Date(updated).toISOString(),
  }
}
