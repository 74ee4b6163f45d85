import { notSupported, StorageError } from './errors.ts'
import { checkStorageClass, type StoredObject } from './object-metadata.ts'

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
  /** YYYY-MM-DD. */
  readonly customTimeBefore?: string
  readonly daysSinceCustomTime?: number
}

const DAY_MS = 86_400_000
const CONDITIONS = new Set([
  'age',
  'createdBefore',
  'matchesPrefix',
  'matchesSuffix',
  'matchesStorageClass',
  'isLive',
  'customTimeBefore',
  'daysSinceCustomTime',
])
const CLASSES = ['STANDARD', 'NEARLINE', 'COLDLINE', 'ARCHIVE']
const MOST_RULES = 100

/** @throws StorageError that names what is wrong, or is not supported */
export function readLifecycle(value: unknown): Lifecycle {
  const rules = (value as Lifecycle).rule ?? []
  if (!Array.isArray(rules)) throw new StorageError('invalid', 'lifecycle.rule is an array.')
  if (rules.length > MOST_RULES)
    throw new StorageError('invalid', `A lifecycle has ${rules.length} rules; ${MOST_RULES} is the limit.`)
  return { rule: (rules as readonly Partial<LifecycleRule>[]).map(readRule) }
}

function readRule({ action, condition = {} }: Partial<LifecycleRule>): LifecycleRule {
  const type = action?.type
  if (type === 'AbortIncompleteMultipartUpload') throw notSupported(`lifecycle action ${type}`)
  if (type !== 'Delete' && type !== 'SetStorageClass')
    throw new StorageError('invalid', `Invalid lifecycle action: ${type}`)
  const storageClass = type === 'Delete' ? undefined : checkStorageClass(action?.storageClass)
  const named = Object.entries(condition).filter(([, value]) => value !== null && value !== undefined)
  if (named.length === 0) throw new StorageError('invalid', 'A lifecycle rule has a condition.')
  for (const [key] of named) if (!CONDITIONS.has(key)) throw notSupported(`lifecycle condition ${key}`)
  for (const key of ['age', 'daysSinceCustomTime'] as const) {
    const days = condition[key]
    if (days !== undefined && days !== null && !(Number.isInteger(days) && days >= 0))
      throw new StorageError('invalid', `${key} of a lifecycle condition is a number of days: ${days}`)
  }
  return {
    action: { type, ...(storageClass !== undefined && { storageClass }) },
    condition: Object.fromEntries(named),
  }
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
  // who has none is never meant
  const customTime = settings.customTime === undefined ? Infinity : Date.parse(settings.customTime)
  return (
    (age ?? 0) * DAY_MS <= now - timeCreated &&
    (condition.daysSinceCustomTime === undefined ||
      condition.daysSinceCustomTime * DAY_MS <= now - customTime) &&
    (condition.customTimeBefore === undefined || customTime < Date.parse(condition.customTimeBefore)) &&
    (createdBefore === undefined || timeCreated < Date.parse(createdBefore)) &&
    (matchesPrefix?.some((prefix) => name.startsWith(prefix)) ?? true) &&
    (matchesSuffix?.some((suffix) => name.endsWith(suffix)) ?? true) &&
    (matchesStorageClass?.includes(settings.storageClass ?? 'STANDARD') ?? true) &&
    isLive !== false
  )
}
