import { EMPTY, lineOf, position, SHAPES, type Geography, type Position } from './geography.ts'

const HEADER = 5
const COUNT = 4
const PAIR = 16

/** Reads well-known binary (OGC simple features). What has areas or parts is not looked into. @throws Error that names the function */
export function readBinary(name: string, bytes: Uint8Array): Geography {
  const wrong = (why: string) => new Error(`${name} failed: Invalid WKB: ${why}`)
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (bytes.length < HEADER || view.getUint8(0) > 1) throw wrong('it begins with no byte order and no shape')
  const isLittle = view.getUint8(0) === 1
  const code = view.getUint32(1, isLittle)
  const shape = SHAPES[code - 1]
  if (shape === undefined) throw wrong(`${code} is no shape of two dimensions`)
  const pairAt = (from: number): Position => {
    const [longitude, latitude] = [view.getFloat64(from, isLittle), view.getFloat64(from + 8, isLittle)]
    return position(name, rounded(longitude), rounded(latitude))
  }
  const checkLength = (length: number) => {
    if (bytes.length !== length)
      throw wrong(`a ${shape} of it has ${length} bytes, and there are ${bytes.length}`)
  }
  if (shape === 'POINT') {
    checkLength(HEADER + PAIR)
    // a point that is empty
    if (Number.isNaN(view.getFloat64(HEADER, isLittle))) return EMPTY
    return { kind: 'POINT', at: pairAt(HEADER) }
  }
  if (bytes.length < HEADER + COUNT) throw wrong(`a ${shape} begins with how many parts it has`)
  const count = view.getUint32(HEADER, isLittle)
  if (count === 0) return EMPTY
  if (shape !== 'LINESTRING') return { kind: 'OTHER', shape }
  checkLength(HEADER + COUNT + count * PAIR)
  return lineOf(
    name,
    Array.from({ length: count }, (_, index) => pairAt(HEADER + COUNT + index * PAIR)),
  )
}

/** BigQuery's own binary has the noise of its vectors behind 15 digits: two points that were one are one again. */
const rounded = (degrees: number): number => Number(degrees.toPrecision(15))

/** @throws Error that names the function */
export function bytesOfHex(name: string, text: string): Uint8Array {
  if (!/^([0-9a-f]{2})*$/i.test(text)) throw new Error(`${name} failed: Invalid WKB: no hexadecimal digits`)
  return Buffer.from(text, 'hex')
}
