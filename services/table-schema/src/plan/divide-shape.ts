import type { Column } from '../columns/column.ts'
import { indexOf } from '../columns/field-index.ts'
import { MOST_RECORD_FIELDS } from '../shapes/join-shapes.ts'
import { isArray, isObject, toJsonText, type JsonObject, type JsonValue } from '../json/json-text.ts'
import { identityOf } from '../names/key-identity.ts'
import type { PlanOptions } from './plan-types.ts'
import { plan } from './plan.ts'
import { distinct } from '../shapes/shape-of.ts'
import { Signatures } from '../shapes/signatures.ts'
import { isEnvelopeKey } from '../columns/system-columns.ts'

/** Makes a new column JSON, as does whatever it stands for. */
const MAKES_JSON: JsonValue = [null]
/** More keys than a RECORD takes. */
const MAKES_MAP: JsonObject = Object.fromEntries(
  Array.from({ length: MOST_RECORD_FIELDS + 1 }, (_, key) => [key, 0]),
)

export interface DivideOptions extends PlanOptions {
  /** The field that names the type of the event: each part has it. */
  readonly typeField?: string
}

/**
 * A shape in parts of at most so many bytes of JSON, for those who take no more at a time: each asks for some of the columns that the
 * whole asks for, and all together ask for all. What the table requires, and what the contract of the type names, is in each of them, so
 * that none takes it for missing; where that alone takes more there is no part. A column that takes more (its key is as long) is in none;
 * where there is no table, and no other column, the one part asks for the table alone.
 *
 * @param columns the table's columns, or undefined where there is no table
 */
export function divideShape(
  shape: JsonObject,
  columns: readonly Column[] | undefined,
  options: DivideOptions,
  mostBytes: number,
): readonly JsonObject[] {
  const { contract = [], typeField = 'event_type' } = options
  const before = columns ?? plan(undefined, {}, options).columns
  const { columns: after } = plan(columns, shape, options)
  const level = { before, after, contract, signatures: new Signatures(), identify: remembered() }
  const isKept = (key: string) => isEnvelopeKey(key) || key === typeField
  const partFor = (whole: JsonObject, chosen: readonly Column[]) =>
    partOf(whole, { ...level, chosen: new Set(chosen) }, isKept)
  // of a part that is too large its parts are made, so that each is read a few times, and not once for each other one
  const partsFor = (whole: JsonObject, wanted: readonly Column[]): readonly JsonObject[] => {
    const part = partFor(whole, wanted)
    const bytes = bytesOf(part)
    if (bytes <= mostBytes) return [part]
    if (wanted.length === 1) return []
    const count = Math.ceil(bytes / (mostBytes * FULL))
    const place = Math.max(1, Math.floor((wanted.length * Math.floor(count / 2)) / count))
    return [wanted.slice(0, place), wanted.slice(place)].flatMap((some) => partsFor(part, some))
  }
  const wanted = newColumns(before, after)
  const hasRoom = wanted.length > 0 && bytesOf(partFor(shape, [])) <= mostBytes
  const parts = hasRoom ? partsFor(shape, wanted) : []
  // a table without any of them is one, too
  return hasRoom && parts.length === 0 && columns === undefined ? [partFor(shape, [])] : parts
}

/** No two columns take the same. */
const FULL = 0.9

function bytesOf(part: JsonObject): number {
  return Buffer.byteLength(toJsonText(part))
}

/** What is added or changed, RECORDs by their fields. */
function newColumns(before: readonly Column[], after: readonly Column[]): readonly Column[] {
  const known = new Map(before.map((column) => [column.name, column]))
  return after.flatMap((column) => {
    const old = known.get(column.name)
    if (old === column) return []
    return column.type === 'RECORD' ? newColumns(old?.fields ?? [], column.fields!) : [column]
  })
}

interface Level {
  readonly before: readonly Column[]
  readonly after: readonly Column[]
  readonly contract: readonly Column[]
  /** The columns that are asked for, as they are in `after`. */
  readonly chosen: ReadonlySet<Column>
  readonly signatures: Signatures
  readonly identify: (key: string) => string
}

/** Identities of keys, each worked out once: that of a long key takes a hash, and all keys are read a few times. */
function remembered(): (key: string) => string {
  const identities = new Map<string, string>()
  return (key) => {
    const known = identities.get(key)
    if (known !== undefined) return known
    const identity = identityOf(key)
    // a short one is itself mostly
    if (identity !== key) identities.set(key, identity)
    return identity
  }
}

/** @param isKept of an event: whether it has the key whatever is chosen */
function partOf(object: JsonObject, level: Level, isKept?: (key: string) => boolean): JsonObject {
  const entries = Object.keys(object).flatMap((key): [string, JsonValue][] => {
    const value = object[key]!
    if (isKept?.(key)) return [[key, value]]
    const part = partOfValue(value, level.identify(key), level)
    return part === undefined ? [] : [[key, part]]
  })
  return Object.fromEntries(entries)
}

/** undefined where it is left out. */
function partOfValue(value: JsonValue, identity: string, level: Level): JsonValue | undefined {
  const { before, after, contract, chosen, signatures, identify } = level
  const old = indexOf(before).byKey.get(identity)
  const column = indexOf(after).byKey.get(identity)
  const named = indexOf(contract).byKey.get(identity)
  const map = indexOf(after).maps.get(identity)
  const isKept = old?.mode === 'REQUIRED' || named !== undefined
  if (map && chosen.has(map)) return MAKES_MAP
  if (column?.type === 'RECORD') {
    const inside = {
      before: old?.fields ?? [],
      after: column.fields!,
      contract: named?.fields ?? [],
      chosen,
      signatures,
      identify,
    }
    const part = isArray(value)
      ? distinct(
          value.map((element) => (isObject(element) ? partOf(element, inside) : element)),
          signatures,
        )
      : isObject(value)
        ? partOf(value, inside)
        : value
    return isKept || asks(part) ? part : undefined
  }
  if (column && chosen.has(column)) return old === undefined && column.type === 'JSON' ? MAKES_JSON : value
  return isKept ? value : undefined
}

/** Whether something is left in it. */
function asks(part: JsonValue): boolean {
  if (isArray(part)) return part.some(asks)
  return isObject(part) && Object.keys(part).length > 0
}
