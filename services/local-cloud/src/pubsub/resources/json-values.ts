import { GoogleError, unsupported } from '../../google-error.ts'

// REST speaks proto3 JSON, gRPC protobuf objects: both come here as plain objects with camelCase names, durations as
// "600s" (REST) or {seconds, nanos} (gRPC), times as RFC 3339 or {seconds, nanos}.

interface SecondsAndNanos {
  readonly seconds?: number | string | { toString(): string } | null
  readonly nanos?: number | null
}

export type Duration = string | SecondsAndNanos | null | undefined

/** Seconds. @throws GoogleError INVALID_ARGUMENT */
export function readDuration(duration: Duration, otherwise: number): number {
  if (duration === null || duration === undefined) return otherwise
  if (typeof duration !== 'string') return secondsOf(duration)
  const match = /^(\d+(?:\.\d+)?)s$/.exec(duration)
  if (!match)
    throw new GoogleError('INVALID_ARGUMENT', `"${duration}" is no duration: it is written like "600s".`)
  return Number(match[1])
}

/** Milliseconds since 1970, of a time in text or in seconds and nanoseconds. @throws GoogleError INVALID_ARGUMENT */
export function readTime(time: Duration): number {
  const ms = typeof time === 'string' ? Date.parse(time) : secondsOf(time ?? {}) * 1000
  if (Number.isNaN(ms))
    throw new GoogleError('INVALID_ARGUMENT', `${JSON.stringify(time)} is no time of RFC 3339.`)
  return ms
}

function secondsOf({ seconds, nanos }: SecondsAndNanos): number {
  return Number(seconds ?? 0) + (nanos ?? 0) / 1e9
}

export function timeJson(ms: number): string {
  return new Date(ms).toISOString()
}

/** What local-cloud does not do is refused by name, never dropped. @throws GoogleError UNIMPLEMENTED */
export function refuseOthers(kind: string, resource: object, known: ReadonlySet<string>): void {
  for (const [field, value] of Object.entries(resource)) {
    if (!known.has(field) && !isDefault(value)) throw unsupported(`${kind}.${field}`)
  }
}

/** Whether a field says nothing: absent, false, zero or empty, as protobuf's defaults. */
function isDefault(value: unknown): boolean {
  if (value === null || value === undefined || value === false || value === 0 || value === '') return true
  return Array.isArray(value) && value.length === 0
}

/** A resource in proto3 JSON with durations ("600s") and times as protobuf's own, which fromObject asks for. */
export function protoValues(resource: object): object {
  const entries = Object.entries(resource).map(([key, value]): [string, unknown] => {
    if (typeof value === 'string' && DURATION.test(key) && /^\d+(\.\d+)?s$/.test(value))
      return [key, split(Number(value.slice(0, -1)))]
    if (typeof value === 'string' && TIME.test(key)) return [key, split(Date.parse(value) / 1000)]
    const nested = NESTED.test(key) && typeof value === 'object' && value !== null
    return [key, nested ? protoValues(value) : value]
  })
  return Object.fromEntries(entries)
}

const DURATION = /Duration$|Backoff$|^ttl$/
const TIME = /Time$/
const NESTED = /Policy$|^cloudStorageConfig$/

function split(seconds: number): object {
  const whole = Math.floor(seconds)
  return { seconds: whole, nanos: Math.round((seconds - whole) * 1e9) }
}
