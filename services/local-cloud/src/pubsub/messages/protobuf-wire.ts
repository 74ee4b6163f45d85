import { GoogleError } from '../../google-error.ts'

// The few pieces of the protobuf wire format with which message bodies pass through undecoded: decoding and encoding
// each one would cost most of the time a delivery takes.

/**
 * Calls back for each length-delimited field of a message, with the place of its bytes: a slice of each would cost more than
 * looking at it.
 */
export function readFields(
  buffer: Buffer,
  visit: (field: number, start: number, end: number) => void,
  start = 0,
  end = buffer.length,
): void {
  let at = start
  while (at < end) {
    let shift = 0
    let tag = 0
    let byte: number
    do {
      byte = byteAt(buffer, at++, end)
      tag |= (byte & 127) << shift
      shift += 7
    } while (byte > 127)
    const field = tag >>> 3
    const kind = tag & 7
    if (kind === 1) at += 8
    else if (kind === 5) at += 4
    else if (kind === 0 || kind === 2) {
      let value = 0
      let scale = 1
      do {
        byte = byteAt(buffer, at++, end)
        value += (byte & 127) * scale
        scale *= 128
      } while (byte > 127)
      if (kind === 0) continue
      if (at + value > end) throw broken('a field is longer than its message')
      visit(field, at, at + value)
      at += value
    } else throw broken(`wire type ${kind} is not supported`)
  }
}

function byteAt(buffer: Buffer, at: number, end: number): number {
  const byte = at < end ? buffer[at] : undefined
  if (byte === undefined) throw broken('a message ends in the middle of a field')
  return byte
}

function broken(how: string): GoogleError {
  return new GoogleError('INVALID_ARGUMENT', `The request is no protobuf: ${how}.`)
}

export function varintSize(value: number): number {
  let size = 1
  for (let rest = value; rest > 127; rest = Math.floor(rest / 128)) size++
  return size
}

/** Writes an unsigned number below 2^53 and gives the place after it. */
export function writeVarint(buffer: Buffer, at: number, value: number): number {
  let rest = value
  let place = at
  while (rest > 127) {
    buffer[place++] = (rest % 128) | 128
    rest = Math.floor(rest / 128)
  }
  buffer[place++] = rest
  return place
}

/** A string field with its tag. Fields 1 to 15. */
export function stringField(field: number, text: string): Buffer {
  const bytes = Buffer.byteLength(text)
  const buffer = Buffer.allocUnsafe(1 + varintSize(bytes) + bytes)
  buffer[0] = (field << 3) | 2
  const at = writeVarint(buffer, 1, bytes)
  buffer.write(text, at, 'utf8')
  return buffer
}
