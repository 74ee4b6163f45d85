import {
  BIGINT,
  BLOB,
  LIST,
  VARCHAR,
  type DuckDBListValue,
  type DuckDBScalarFunction,
} from '@duckdb/node-api'
import { blob, bytesOf } from './bytes.ts'
import { scalarFunction, type Value } from './scalar-function.ts'

/** A sketch begins so: nothing else is one. */
const MARK = Buffer.from('local-cloud HLL')
const HASH = 8

/**
 * Sketches of HLL_COUNT. They hold the hash of each value, and so count exactly, which is as good an estimate as any; BigQuery's bytes
 * are others.
 */
export function sketchFunctions(): DuckDBScalarFunction[] {
  return [
    scalarFunction('sketch_of', [LIST(VARCHAR), VARCHAR, BIGINT], BLOB, (hashes, type, precision) =>
      blob(sketchOf((hashes as DuckDBListValue).items as string[], type as string, Number(precision))),
    ),
    scalarFunction('merged_sketch', [LIST(BLOB)], BLOB, (sketches) => blob(merged(sketchesIn(sketches)))),
    scalarFunction('count_of_sketches', [LIST(BLOB)], BIGINT, (sketches) =>
      BigInt(hashesIn(merged(sketchesIn(sketches))).length),
    ),
  ]
}

const sketchesIn = (list: Value): Uint8Array[] =>
  (list as DuckDBListValue).items.map((item) => bytesOf(item as Value))

/** @param hashes 16 hexadecimal digits each @param type of the values: only sketches of one type go together */
function sketchOf(hashes: readonly string[], type: string, precision: number): Buffer {
  const head = Buffer.from([precision, type.length])
  return Buffer.concat([
    MARK,
    head,
    Buffer.from(type),
    Buffer.from([...new Set(hashes)].toSorted().join(''), 'hex'),
  ])
}

interface Sketch {
  readonly precision: number
  readonly type: string
  readonly hashes: readonly string[]
}

/** @throws Error for bytes that are no sketch of local-cloud's */
function read(bytes: Uint8Array): Sketch {
  const buffer = Buffer.from(bytes)
  if (!buffer.subarray(0, MARK.length).equals(MARK))
    throw new Error('Invalid or incompatible sketch in HLL_COUNT (local-cloud reads its own alone)')
  const [precision, size] = [buffer[MARK.length]!, buffer[MARK.length + 1]!]
  const begin = MARK.length + 2 + size
  return {
    precision,
    type: buffer.subarray(MARK.length + 2, begin).toString(),
    hashes: hashesFrom(buffer, begin),
  }
}

function hashesFrom(buffer: Buffer, begin: number): string[] {
  const hashes: string[] = []
  for (let at = begin; at < buffer.length; at += HASH)
    hashes.push(buffer.subarray(at, at + HASH).toString('hex'))
  return hashes
}

const hashesIn = (bytes: Uint8Array): readonly string[] => read(bytes).hashes

/** @throws Error for sketches of values of several types */
function merged(sketches: readonly Uint8Array[]): Buffer {
  const all = sketches.map(read)
  const types = [...new Set(all.map(({ type }) => type))]
  if (types.length > 1)
    throw new Error(
      `Invalid or incompatible sketch in HLL_COUNT: sketches of ${types.join(' and ')} do not go together`,
    )
  const precision = Math.min(...all.map((sketch) => sketch.precision))
  return sketchOf(
    all.flatMap(({ hashes }) => hashes),
    types[0]!,
    precision,
  )
}
