import {
  BOOLEAN,
  LIST,
  listValue,
  VARCHAR,
  type DuckDBListValue,
  type DuckDBScalarFunction,
} from '@duckdb/node-api'
import { stepsOf } from '../json-path.ts'
import { readJson, writeJson, type Json } from './json-tree.ts'
import { scalarFunction, type Value } from './scalar-function.ts'

type Steps = readonly (string | number)[]

/** JSON_SET, JSON_REMOVE, JSON_ARRAY_APPEND, JSON_ARRAY_INSERT and JSON_STRIP_NULLS (JSON functions). */
export function jsonEditFunctions(): DuckDBScalarFunction[] {
  const textsOf = (list: Value) => (list as DuckDBListValue).items as readonly (string | null)[]
  const edit = (name: string, of: (json: Json, path: Steps, value: Json, isMore: boolean) => Json) =>
    scalarFunction(name, [VARCHAR, BOOLEAN, LIST(VARCHAR)], VARCHAR, (text, isMore, list) => {
      const parts = textsOf(list)
      let json = readJson(text as string)
      for (let at = 0; at < parts.length; at += 2) {
        const [path, value] = [parts[at], parts[at + 1]]
        // a path that is NULL is left out
        if (typeof path === 'string')
          json = of(json, stepsOf(path, 'quotes'), readJson(value!), isMore as never)
      }
      return writeJson(json)
    })
  return [
    edit('json_set', set),
    edit('json_append', (json, path, value, isEach) => append(json, path, valuesOf(value, isEach))),
    edit('json_insert', (json, path, value, isEach) => insert(json, path, valuesOf(value, isEach))),
    edit('json_remove', (json, path) => remove(json, path)),
    scalarFunction('flat_json', [VARCHAR], LIST(VARCHAR), (text) =>
      listValue(flat(readJson(text as string)).map(writeJson)),
    ),
    scalarFunction('object_of_pairs', [LIST(VARCHAR), LIST(VARCHAR)], VARCHAR, (names, texts) =>
      objectOfPairs(textsOf(names), textsOf(texts) as readonly string[]),
    ),
    scalarFunction(
      'json_strip_nulls',
      [VARCHAR, VARCHAR, BOOLEAN, BOOLEAN],
      VARCHAR,
      (text, path, inArrays, empties) => {
        const json = readJson(text as string)
        const strip = (part: Json) => stripped(part, inArrays as never, empties as never)
        const steps = stepsOf(path as string, 'quotes')
        return writeJson(changed(json, steps, strip))
      },
    ),
  ]
}

const flat = (json: Json): Json[] => (Array.isArray(json) ? json.flatMap(flat) : [json])

/** JSON_OBJECT: of a name that comes twice the first one counts. @throws Error for a name that is NULL */
function objectOfPairs(names: readonly (string | null)[], texts: readonly string[]): string {
  if (names.length !== texts.length)
    throw new Error(
      `JSON_OBJECT: the number of keys (${names.length}) is not that of values (${texts.length})`,
    )
  const object = new Map<string, Json>()
  for (const [index, name] of names.entries()) {
    if (name === null) throw new Error('JSON_OBJECT: a key is NULL')
    if (!object.has(name)) object.set(name, texts[index]!)
  }
  return writeJson(object)
}

/** What a path may make an array longer by. */
const MOST_PLACES = 1_000_000

/** A SQL array is wrapped once more than what is one value. */
const valuesOf = (value: Json, isEach: boolean): readonly Json[] => {
  const [one, ...rest] = value as Json[]
  return rest.length > 0 && isEach ? (rest[0] as Json[]) : [one!]
}

/** The JSON with another value where a path leads, if it leads anywhere. */
function changed(json: Json, [step, ...rest]: Steps, of: (part: Json) => Json): Json {
  if (step === undefined) return of(json)
  const inner = childOf(json, step)
  if (inner !== undefined) put(json as Json[] | Map<string, Json>, step, changed(inner, rest, of))
  return json
}

function childOf(json: Json, step: string | number): Json | undefined {
  if (typeof step === 'number') return Array.isArray(json) ? json[step] : undefined
  return json instanceof Map ? json.get(step) : undefined
}

function put(json: Json[] | Map<string, Json>, step: string | number, value: Json): void {
  if (Array.isArray(json)) json[step as number] = value
  else json.set(step as string, value)
}

/** A value at the end of a path that is not there yet. */
function built(steps: Steps, value: Json): Json {
  return steps.toReversed().reduce<Json>((inner, step) => {
    if (typeof step === 'string') return new Map([[step, inner]])
    return [...nulls(step), inner]
  }, value)
}

/** @throws Error where there would be too many */
function nulls(count: number): Json[] {
  if (count > MOST_PLACES) throw new Error(`local-cloud makes no JSON array of ${count} elements`)
  return Array<Json>(count).fill('null')
}

function set(json: Json, steps: Steps, value: Json, isCreated: boolean): Json {
  const [step, ...rest] = steps
  if (step === undefined) return value
  if (json === 'null') return isCreated ? built(steps, value) : json
  const inner = childOf(json, step)
  if (inner !== undefined) {
    put(json as Json[] | Map<string, Json>, step, set(inner, rest, value, isCreated))
    return json
  }
  if (!isCreated) return json
  if (Array.isArray(json) && typeof step === 'number')
    json.push(...nulls(step - json.length), built(rest, value))
  else if (json instanceof Map && typeof step === 'string') json.set(step, built(rest, value))
  return json
}

function append(json: Json, steps: Steps, values: readonly Json[]): Json {
  return changed(json, steps, (part) => {
    if (part === 'null') return [...values]
    return Array.isArray(part) ? [...part, ...values] : part
  })
}

function insert(json: Json, steps: Steps, values: readonly Json[]): Json {
  const place = steps.at(-1)
  if (typeof place !== 'number') return json
  return changed(json, steps.slice(0, -1), (part) => {
    const list = part === 'null' ? [] : part
    if (!Array.isArray(list)) return part
    const longer = [...list, ...nulls(Math.max(0, place - list.length))]
    return longer.toSpliced(place, 0, ...values)
  })
}

/** @throws Error for the whole of it */
function remove(json: Json, steps: Steps): Json {
  const last = steps.at(-1)
  if (last === undefined) throw new Error(`The JSONPath can't be '$'`)
  return changed(json, steps.slice(0, -1), (part) => {
    if (Array.isArray(part) && typeof last === 'number')
      return last < part.length ? part.toSpliced(last, 1) : part
    if (part instanceof Map && typeof last === 'string') part.delete(last)
    return part
  })
}

/** Nothing that is left is a null. */
function stripped(json: Json, inArrays: boolean, empties: boolean): Json {
  const isEmpty = (part: Json): boolean =>
    empties &&
    typeof part !== 'string' &&
    (Array.isArray(part) ? inArrays && part.length === 0 : part.size === 0)
  const inner = (part: Json): Json => {
    if (typeof part === 'string') return part
    if (!Array.isArray(part))
      return new Map(
        Array.from(part, ([key, value]): [string, Json] => [key, inner(value)]).filter(
          ([, value]) => value !== 'null' && !isEmpty(value),
        ),
      )
    const items = part.map(inner)
    return inArrays ? items.filter((item) => item !== 'null' && !isEmpty(item)) : items
  }
  const made = inner(json)
  return isEmpty(made) ? 'null' : made
}
