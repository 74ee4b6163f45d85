import { DOUBLE, LIST, VARCHAR, type DuckDBListValue, type DuckDBScalarFunction } from '@duckdb/node-api'
import { scalarFunction, type Value } from './scalar-function.ts'

const itemsOf = (name: string, list: Value): readonly unknown[] => {
  const { items } = list as DuckDBListValue
  if (items.includes(null)) throw new Error(`${name}: a vector holds a NULL`)
  return items
}

/** COSINE_DISTANCE and EUCLIDEAN_DISTANCE (mathematical functions). A vector is its dimensions, none where it is dense, and its numbers. */
export function distanceFunctions(): DuckDBScalarFunction[] {
  const lists = [LIST(VARCHAR), LIST(DOUBLE)]
  return [
    scalarFunction(
      'distance_of',
      [VARCHAR, ...lists, ...lists],
      DOUBLE,
      (name, places, sizes, others, othersSizes) =>
        distance(
          name as string,
          vectorOf(name as string, places, sizes),
          vectorOf(name as string, others, othersSizes),
        ),
    ),
  ]
}

type Vector = readonly number[] | ReadonlyMap<string, number>

function vectorOf(name: string, places: Value, sizes: Value): Vector {
  const [keys, numbers] = [itemsOf(name, places) as string[], itemsOf(name, sizes) as number[]]
  if (keys.length === 0) return numbers
  const vector = new Map<string, number>()
  for (const [index, key] of keys.entries()) {
    if (vector.has(key)) throw new Error(`${name}: duplicate index ${key} found in the input array`)
    vector.set(key, numbers[index]!)
  }
  return vector
}

/** @throws Error for vectors of other lengths, for one without a length where there must be one, for what is too large */
function distance(name: string, left: Vector, right: Vector): number {
  const pairs = pairsOf(name, left, right)
  const sum = (of: (a: number, b: number) => number): number =>
    pairs.reduce((all, [a, b]) => all + of(a, b), 0)
  if (name === 'EUCLIDEAN_DISTANCE') return finite(name, Math.sqrt(sum((a, b) => (a - b) * (a - b))))
  const [lengthA, lengthB] = [sum((a) => a * a), sum((_, b) => b * b)]
  if (lengthA === 0 || lengthB === 0) throw new Error('Cannot compute cosine distance against zero vector')
  return finite(name, 1 - sum((a, b) => a * b) / (Math.sqrt(lengthA) * Math.sqrt(lengthB)))
}

function pairsOf(name: string, left: Vector, right: Vector): readonly (readonly [number, number])[] {
  if (Array.isArray(left) && Array.isArray(right)) {
    if (left.length !== right.length)
      throw new Error(`${name}: array length mismatch: ${left.length} and ${right.length}`)
    return (left as readonly number[]).map((size, index) => [size, right[index] as number])
  }
  const [a, b] = [left, right].map((vector) => (vector instanceof Map ? vector : new Map<string, number>()))
  const places = [...new Set([...a!.keys(), ...b!.keys()])].toSorted((one, other) => (one < other ? -1 : 1))
  return places.map((place) => [a!.get(place) ?? 0, b!.get(place) ?? 0])
}

function finite(name: string, value: number): number {
  if (Number.isFinite(value)) return value
  throw new Error(`Floating point error in function: ${name}`)
}
