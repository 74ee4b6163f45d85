import { GOOGLE_STATUSES, type GoogleStatus } from '../google-error.ts'

/** What goes wrong, where and how often. The same plan and the same calls give the same faults. */
export interface FaultPlan {
  readonly seed?: number
  readonly rules: readonly FaultRule[]
}

export interface FaultRule {
  readonly on: FaultPoint
  readonly do: FaultKind
  /** For `error`: UNAVAILABLE where it is left out. HTTP answers with the status that belongs to it. */
  readonly status?: GoogleStatus
  /** For `delay`, `reorder` and `late`: milliseconds, or the least and the most of them. */
  readonly ms?: number | readonly [least: number, most: number]
  /** For `bigquery.column`: which columns, a regular expression for their names. */
  readonly column?: string
  /** When: with this probability, */
  readonly probability?: number
  /** or every so many calls, */
  readonly every?: number
  /** or at these calls, counted from 1; */
  readonly at?: readonly number[]
  /** and only in this time, in milliseconds since the plan was set. */
  readonly fromMs?: number
  readonly untilMs?: number
}

const REST = ['error', 'lose_answer', 'stall', 'delay', 'drop'] as const

/** Where a fault can be put, and which ones can happen there. */
export const FAULT_POINTS = {
  'pubsub.publish': ['error', 'lose_answer', 'stall', 'delay', 'drop'],
  'pubsub.admin': ['error', 'lose_answer', 'delay', 'drop'],
  'pubsub.open_pull': ['error'],
  // each message
  'pubsub.deliver': ['duplicate', 'reorder'],
  // each response of a streaming pull
  'pubsub.deliver_batch': ['drop', 'redeliver'],
  'pubsub.pull_stream': ['error'],
  'pubsub.ack': ['lose', 'delay'],
  // each write to the data folder
  'pubsub.disk': ['full'],
  'pubsub.push': ['error', 'lose_answer', 'delay'],
  'bigquery.get_table': REST,
  'bigquery.insert_table': REST,
  'bigquery.patch_table': REST,
  'bigquery.delete_table': REST,
  'bigquery.insert_all': REST,
  'bigquery.query': REST,
  // every other method of REST
  'bigquery.other': REST,
  // each change of a table
  'bigquery.metadata': ['delay'],
  // each column that a table is made with, or that is added or changed
  'bigquery.column': ['refuse'],
  // each commit
  'bigquery.disk': ['full'],
  // each request of rows that are streamed
  'bigquery.streaming_buffer': ['delay'],
  'storage.read': ['error', 'stall', 'delay', 'drop'],
  // whatever else is said of a write stream
  'storage.stream': ['error', 'lose_answer', 'stall', 'delay', 'drop'],
  'storage.append': ['error', 'refuse', 'lose_answer', 'stall', 'delay', 'drop', 'late'],
  // each change of a table
  'storage.schema': ['delay'],
  // each table that is dropped
  'storage.dropped': ['delay'],
  // Cloud Storage: what reads, and what changes something
  'objects.read': REST,
  'objects.write': REST,
} as const

export type FaultPoint = keyof typeof FAULT_POINTS
/**
 * `error`: nothing is done, and the answer says so. `refuse`: the same, as an answer on a stream that lives on.
 * `lose_answer`: it is done, and the caller hears an error. `lose`: taken and forgotten. `stall`: done, and no answer ever.
 * `drop`: the connection breaks before anything is done. `late`: the connection breaks, and it is done `ms` later.
 * `redeliver`: what was delivered is given to somebody else at once. `full`: half of it is written, or nothing, and there is no
 * space for the rest.
 */
export type FaultKind = (typeof FAULT_POINTS)[FaultPoint][number]

const RULE_KEYS = ['on', 'do', 'status', 'ms', 'column', 'probability', 'every', 'at', 'fromMs', 'untilMs']

/** @throws Error that names the rule, the key and the value */
export function readFaultPlan(value: unknown): FaultPlan {
  const { seed = 1, rules, ...others } = objectOf(value, 'a fault plan')
  for (const key of Object.keys(others))
    throw new Error(`a fault plan has no "${key}": it has seed and rules`)
  if (!Number.isSafeInteger(seed)) throw new Error(`seed is a whole number, but is ${JSON.stringify(seed)}`)
  if (!Array.isArray(rules)) throw new Error(`rules is an array, but is ${JSON.stringify(rules)}`)
  return { seed: seed as number, rules: rules.map(readRule) }
}

function readRule(value: unknown, index: number): FaultRule {
  const where = `rules[${index}]`
  const rule = objectOf(value, where)
  const refuse = (key: string, wanted: string): never => {
    throw new Error(`${where}.${key} is ${wanted}, but is ${JSON.stringify(rule[key])}`)
  }
  for (const key of Object.keys(rule)) {
    if (!RULE_KEYS.includes(key)) throw new Error(`${where} has no "${key}": it has ${RULE_KEYS.join(', ')}`)
  }
  const { on, do: kind, status, ms, column, probability, every, at } = rule
  if (!isPoint(on)) return refuse('on', `one of ${Object.keys(FAULT_POINTS).join(', ')}`)
  const kinds: readonly string[] = FAULT_POINTS[on]
  if (!kinds.includes(kind as string)) refuse('do', `one of ${kinds.join(', ')} on ${on}`)
  if (status !== undefined && !GOOGLE_STATUSES.includes(status as GoogleStatus))
    refuse('status', `one of ${GOOGLE_STATUSES.join(', ')}`)
  const needsMs = kind === 'delay' || kind === 'reorder' || kind === 'late'
  if (needsMs && !isSpan(ms)) refuse('ms', 'a number of milliseconds, or two: the least and the most')
  if ((on === 'bigquery.column') !== (column !== undefined) || (column !== undefined && !isPattern(column)))
    refuse('column', 'a regular expression, and stands on bigquery.column only')
  const chosen = [probability, every, at].filter((each) => each !== undefined)
  if (chosen.length !== 1) throw new Error(`${where} says when by one of probability, every and at`)
  if (probability !== undefined && !(isNumber(probability) && probability <= 1))
    refuse('probability', 'a number from 0 to 1')
  if (every !== undefined && !(Number.isSafeInteger(every) && (every as number) > 0))
    refuse('every', 'a whole number from 1')
  if (at !== undefined && !(Array.isArray(at) && at.every((each) => Number.isSafeInteger(each))))
    refuse('at', 'an array of whole numbers')
  for (const key of ['fromMs', 'untilMs']) {
    if (rule[key] !== undefined && !isNumber(rule[key])) refuse(key, 'a number of milliseconds')
  }
  return rule as unknown as FaultRule
}

function objectOf(value: unknown, what: string): Record<string, unknown> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value))
    return value as Record<string, unknown>
  throw new Error(`${what} is a JSON object, but is ${JSON.stringify(value)}`)
}

const isPoint = (value: unknown): value is FaultPoint => typeof value === 'string' && value in FAULT_POINTS
const isNumber = (value: unknown): value is number => typeof value === 'number' && value >= 0
function isPattern(value: unknown): boolean {
  try {
    return typeof value === 'string' && new RegExp(value, 'u') instanceof RegExp
  } catch {
    return false
  }
}

const isSpan = (value: unknown): boolean =>
  isNumber(value) || (Array.isArray(value) && value.length === 2 && value.every(isNumber))
