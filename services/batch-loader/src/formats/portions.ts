import { avroHeader } from './avro-blocks.ts'
import { openParquet } from './parquet-file.ts'
import type { Portion, Recognised, SourceObject } from './records.ts'

/** Bytes of a portion, where nobody says otherwise. */
const PORTION_BYTES = 256 << 20

/**
 * The portions of a source. Lines of JSON and blocks of Avro are shared out by ranges of bytes, Parquet by row groups, a query by time.
 * CSV, of which a line may be the middle of a row, arrays, values over several lines, and whatever is packed or has another encoding
 * than UTF-8 is one portion each.
 *
 * @param options `bytes`: about so many has a portion
 */
export async function portionsOf(
  object: SourceObject,
  found: Recognised,
  { bytes = PORTION_BYTES }: { readonly bytes?: number } = {},
): Promise<Portion[]> {
  const { uri, version } = object
  const bounds = await boundsOf(object, found, bytes)
  return bounds
    .slice(0, -1)
    .map((from, index) => ({ uri, version, index, of: bounds.length - 1, from, until: bounds[index + 1]! }))
}

async function boundsOf(
  object: SourceObject,
  { format, packing, encoding }: Recognised,
  bytes: number,
): Promise<readonly number[]> {
  if (object.rows) return object.rows.bounds()
  const size = object.bytes ?? 0
  switch (format) {
    case 'ndjson':
      return packing === 'none' && encoding === 'utf-8' ? byBytes(size, bytes) : [0, Infinity]
    case 'avro': {
      if (packing !== 'none') return [0, Infinity]
      await avroHeader(object)
      return byBytes(size, bytes)
    }
    case 'parquet': {
      const file = await openParquet(object, packing)
      try {
        return groupsOf(
          file.groups.map((group) => group.bytes),
          bytes,
        )
      } finally {
        await file.close()
      }
    }
    case 'empty':
      return [0]
    default:
      return [0, Infinity]
  }
}

function byBytes(size: number, bytes: number): number[] {
  const count = Math.max(1, Math.ceil(size / bytes))
  return [0, ...Array.from({ length: count - 1 }, (_, at) => (at + 1) * bytes), Infinity]
}

function groupsOf(sizes: readonly number[], bytes: number): number[] {
  const bounds = [0]
  let sum = 0
  for (const [at, size] of sizes.entries()) {
    if (sum > 0 && sum + size > bytes) {
      bounds.push(at)
      sum = 0
    }
    sum += size
  }
  return [...bounds, sizes.length]
}
