import { notSupported, StorageError } from './errors.ts'
import type { StoredObject } from './object-metadata.ts'

/** `{rule: [{action: {type, storageClass}, condition: {age, …}}]}` */
export interface Lifecycle {
  readonly rule?: readonly LifecycleRule[]
}

interface LifecycleRule {
  readonly action: { readonly type: string; readonly storageClass?: string }
  readonly condition: LifecycleCondition
}

interface LifecycleCondition {
  /** Days since the object was made. */
  readonly age?: number
  /** YYYY-MM-DD. */
  readonly createdBefore?: string
  readonly matchesPrefix?: readonly string[]
  readonly matchesSuffix?: readonly string[]
  readonly matchesStorageClass?: readonly string[]
  readonly isLive?: boolean
}

const DAY_MS = 86_400_000
const CONDITIONS = new Set([
  'age',
  'createdBefore',
  'matchesPrefix',
  'matchesSuffix',
  'matchesStorageClass',
  'isLive',
])
const CLASSES = ['STANDARD', 'NEARLINE', 'COLDLINE', 'ARCHIVE']
const MOST_RULES = 100

/** @throws StorageError that names what is wrong, or is not supported */
export function readLifecycle(value: unknown): Lifecycle {
  const rules = (value as Lifecycle).rule ?? []
  if (!Array.isArray(rules)) throw new StorageError('invalid', 'lifecycle.rule is an array.')
  if (rules.length > MOST_RULES)
    throw new StorageError('invalid', `A lifecycle has ${rules.length} rules; ${MOST_RULES} is the limit.`)
  for (const rule of rules as readonly Partial<LifecycleRule>[]) checkRule(rule)
  return { rule: rules as readonly LifecycleRule[] }
}

function checkRule({ action, condition }: Partial<LifecycleRule>): void {
  const type = action?.type
  if (type === 'AbortIncompleteMultipartUpload') throw notSupported(`lifecycle action ${type}`)
  if (type !== 'Delete' && type !== 'SetStorageClass')
    throw new StorageError('invalid', `Invalid lifecycle action: ${type}`)
  if (type === 'SetStorageClass' && !CLASSES.includes(action?.storageClass ?? ''))
    throw new StorageError('invalid', `SetStorageClass to ${action?.storageClass}: ${CLASSES.join(', ')}.`)
  const named = Object.entries(condition ?? {}).filter(([, value]) => value !== null && value !== undefined)
  if (named.length === 0) throw new StorageError('invalid', 'A lifecycle rule has a condition.')
  for (const [key] of named) if (!CONDITIONS.has(key)) throw notSupported(`lifecycle condition ${key}`)
  const { age } = condition ?? {}
  if (age !== undefined && age !== null && !(Number.isInteger(age) && age >= 0))
    throw new StorageError('invalid', `The age of a lifecycle condition is a number of days: ${age}`)
}

/** What is done with an object now: it goes, it gets another class, or nothing. A Delete comes first, as at Google. */
export function dueAction(
  { rule = [] }: Lifecycle,
  object: StoredObject,
  now: number,
): 'delete' | { readonly storageClass: string } | undefined {
  const due = rule.filter(({ condition }) => holds(condition, object, now))
  if (due.some(({ action }) => action.type === 'Delete')) return 'delete'
  const present = CLASSES.indexOf(object.settings.storageClass ?? 'STANDARD')
  const colder = due
    .map(({ action }) => CLASSES.indexOf(action.storageClass ?? ''))
    .filter((wanted) => wanted > present)
  return colder.length === 0 ? undefined : { storageClass: CLASSES[Math.max(...colder)]! }
}

function holds(condition: LifecycleCondition, object: StoredObject, now: number): boolean {
  const { age, createdBefore, matchesPrefix, matchesSuffix, matchesStorageClass, isLive } = condition
  const { name, timeCreated, settings } = object
  return (
    (age ?? 0) * DAY_MS <= now - timeCreated &&
    (createdBefore === undefined || timeCreated < Date.parse(createdBefore)) &&
    (matchesPrefix?.some((prefix) => name.startsWith(prefix)) ?? true) &&
    (matchesSuffix?.some((suffix) => name.endsWith(suffix)) ?? true) &&
    (matchesStorageClass?.includes(settings.storageClass ?? 'STANDARD') ?? true) &&
    isLive !== false
  )
}
