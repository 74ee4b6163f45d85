/** Bytes that a length takes as a varint. */
export function sizeOf(length: number): number {
  return length < 1 << 7 ? 1 : length < 1 << 14 ? 2 : length < 1 << 21 ? 3 : length < 1 << 28 ? 4 : 5
}

/** Writes a length, and gives the place behind it. */
export function writeLength(bytes: Uint8Array, start: number, length: number): number {
  let at = start
  let rest = length
  for (; rest > 127; rest >>>= 7) bytes[at++] = (rest & 127) | 128
  bytes[at++] = rest
  return at
}

/** The place behind the varint that stands here. */
export function behindVarint(bytes: Uint8Array, start: number): number {
  let at = start
  while (bytes[at]! > 127) at++
  return at + 1
}
