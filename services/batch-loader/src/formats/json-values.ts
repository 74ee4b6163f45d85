import { Carried, tooLong } from './carried.ts'
import { SourceError, type Place, type Read } from './records.ts'
import { isBlank, skipBlanks } from './text.ts'

const NEWLINE = 0x0a
const QUOTE = 0x22
const COMMA = 0x2c
const BACKSLASH = 0x5c
const OPEN_ARRAY = 0x5b
const CLOSE_ARRAY = 0x5d
/** The brackets of arrays and of objects differ in this bit from each other. */
const BRACKET_BIT = 0x20
const OPEN = 0x7b
const CLOSE = 0x7d

export interface ValuesOptions {
  readonly uri: string
  /** Bytes of a record. */
  readonly most: number
  /** Elements of one array, with commas between them; or values that stand one behind the other. */
  readonly as: 'array' | 'values'
  readonly from: number
}

/**
 * The values of JSON text one by one, each as its own bytes: libraries that read such text piece by piece give values or tokens, from
 * which the bytes cannot be made again, and an event is known by its bytes. Only brackets and quotes are looked at; whether a value
 * is JSON, its judge will see.
 *
 * @throws SourceError where the array does not end, or other text stands behind its end
 */
export async function* readValues(
  chunks: AsyncIterable<Buffer>,
  { uri, most, as, from }: ValuesOptions,
): AsyncGenerator<Read[]> {
  const isArray = as === 'array'
  const carried = new Carried(most)
  let state: 'before' | 'inside' | 'behind' = isArray ? 'before' : 'inside'
  let base = from
  let line = 1
  let row = 0
  let depth = 0
  let isText = false
  let isEscaped = false
  /** Whether something of the value under way was seen; and where it began. */
  let isBegun = false
  let place: Place = { uri }
  /** An array may have nothing before its end, but not behind a comma. */
  let isDue = false

  for await (const chunk of chunks) {
    const batch: Read[] = []
    let first = 0
    const end = (until: number, close = 0): void => {
      if (isBegun) {
        carried.add(chunk.subarray(first, until))
        const { length } = carried
        const bytes = trimmed(carried.take())
        batch.push(
          length > most ? tooLong(bytes, length, most, place) : { kind: 'record', json: bytes, place },
        )
      } else if (isArray && (close !== CLOSE_ARRAY || isDue)) {
        const where = { uri, line, byte: base + until, row }
        const reason = 'the array has a comma, and no element before it or behind it'
        batch.push({
          kind: 'broken',
          bytes: Buffer.alloc(0),
          length: 0,
          rule: 'not_json',
          reason,
          place: where,
        })
      }
      row++
      isBegun = false
      depth = 0
      isText = false
    }
    for (let at = 0; at < chunk.length; at++) {
      const byte = chunk[at]!
      if (byte === NEWLINE) line++
      if (isText) {
        if (isEscaped) isEscaped = false
        else if (byte === BACKSLASH) isEscaped = true
        else if (byte === QUOTE) isText = false
        continue
      }
      if (state !== 'inside') {
        if (isBlank(byte)) continue
        if (state === 'behind' || byte !== OPEN_ARRAY) {
          if (batch.length > 0) yield batch
          throw new SourceError('damaged', 'text stands behind the end of its array', {
            uri,
            line,
            byte: base + at,
          })
        }
        state = 'inside'
        continue
      }
      if (depth === 0 && isArray && (byte === COMMA || byte === CLOSE_ARRAY)) {
        end(at, byte)
        isDue = byte === COMMA
        if (byte === CLOSE_ARRAY) state = 'behind'
        continue
      }
      if (!isBegun) {
        if (isBlank(byte)) continue
        isBegun = true
        first = at
        place = { uri, line, byte: base + at, row }
      }
      if (byte === QUOTE) isText = true
      else if ((byte | BRACKET_BIT) === OPEN) depth++
      else if ((byte | BRACKET_BIT) === CLOSE) {
        if (depth > 0) depth--
        if (depth === 0 && !isArray) end(at + 1)
      } else if (byte === NEWLINE && depth === 0 && !isArray) end(at)
    }
    if (isBegun) carried.add(chunk.subarray(first))
    if (batch.length > 0) yield batch
    base += chunk.length
  }
  const isCut = isText || depth > 0
  if (isArray ? state !== 'behind' : isCut) {
    const what = isCut ? 'it ends in the middle of a value' : 'it ends before its array does'
    throw new SourceError('truncated', what, isBegun ? place : { uri, line, byte: base, row })
  }
  if (!isBegun) return
  const { length } = carried
  const bytes = trimmed(carried.take())
  yield [length > most ? tooLong(bytes, length, most, place) : { kind: 'record', json: bytes, place }]
}

function trimmed(bytes: Uint8Array): Uint8Array {
  let end = bytes.length
  while (end > 0 && isBlank(bytes[end - 1])) end--
  return bytes.subarray(skipBlanks(bytes, 0, end), end)
}
