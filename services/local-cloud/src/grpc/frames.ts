// RFC 9113: frames of HTTP/2, as far as gRPC has them.

export const FRAME_HEAD = 9
/** What every peer takes: nobody here asks for larger ones. */
export const LARGEST_FRAME = 16_384
export const PREFACE = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n')

export const FRAME = {
  DATA: 0,
  HEADERS: 1,
  PRIORITY: 2,
  RST_STREAM: 3,
  SETTINGS: 4,
  PUSH_PROMISE: 5,
  PING: 6,
  GOAWAY: 7,
  WINDOW_UPDATE: 8,
  CONTINUATION: 9,
} as const

export const FLAG = { ACK: 1, END_STREAM: 1, END_HEADERS: 4, PADDED: 8, PRIORITY: 32 } as const

export const SETTING = {
  TABLE_SIZE: 1,
  MOST_STREAMS: 3,
  INITIAL_WINDOW: 4,
  LARGEST_FRAME: 5,
  MOST_HEADER_BYTES: 6,
} as const

/** RFC 9113, section 6.9.1: what a window has at most, in bytes. */
export const LARGEST_WINDOW = 2 ** 31 - 1

export const CODE = {
  NO_ERROR: 0,
  PROTOCOL_ERROR: 1,
  FLOW_CONTROL_ERROR: 3,
  STREAM_CLOSED: 5,
  FRAME_SIZE_ERROR: 6,
  REFUSED_STREAM: 7,
  CANCEL: 8,
  COMPRESSION_ERROR: 9,
  ENHANCE_YOUR_CALM: 11,
} as const

/** A peer that breaks the rules: the connection ends with this code. */
export class ConnectionError extends Error {
  readonly code: number

  constructor(code: number, message: string) {
    super(message)
    this.code = code
  }
}

/** Writes the head of a frame, and gives the place after it. */
export function writeHead(
  bytes: Buffer,
  at: number,
  { type, flags, id, length }: { type: number; flags: number; id: number; length: number },
): number {
  bytes[at] = length >>> 16
  bytes[at + 1] = length >>> 8
  bytes[at + 2] = length
  bytes[at + 3] = type
  bytes[at + 4] = flags
  bytes[at + 5] = id >>> 24
  bytes[at + 6] = id >>> 16
  bytes[at + 7] = id >>> 8
  bytes[at + 8] = id
  return at + FRAME_HEAD
}

export function frame(type: number, flags: number, id: number, payload: Uint8Array): Buffer {
  const bytes = Buffer.allocUnsafe(FRAME_HEAD + payload.length)
  bytes.set(payload, writeHead(bytes, 0, { type, flags, id, length: payload.length }))
  return bytes
}

/** The payload of frames that hold 32-bit numbers. */
export function numbers(...values: readonly number[]): Buffer {
  const bytes = Buffer.allocUnsafe(values.length * 4)
  values.forEach((value, index) => bytes.writeUInt32BE(value, index * 4))
  return bytes
}

export function settings(values: readonly (readonly [setting: number, value: number])[]): Buffer {
  const bytes = Buffer.allocUnsafe(values.length * 6)
  values.forEach(([setting, value], index) => {
    bytes.writeUInt16BE(setting, index * 6)
    bytes.writeUInt32BE(value, index * 6 + 2)
  })
  return bytes
}

/** The fields of a HEADERS frame, without padding and priority. @throws ConnectionError where there is more padding than bytes */
export function headersOf(flags: number, payload: Buffer): Buffer {
  const isPadded = (flags & FLAG.PADDED) !== 0
  if (isPadded && payload.length === 0) throw noPadding()
  const start = (isPadded ? 1 : 0) + ((flags & FLAG.PRIORITY) === 0 ? 0 : 5)
  const end = payload.length - (isPadded ? payload[0]! : 0)
  if (start > end) throw new ConnectionError(CODE.PROTOCOL_ERROR, 'more padding than the frame has bytes')
  return payload.subarray(start, end)
}

/** The settings of a payload, in their order. @throws ConnectionError where it is none */
export function readSettings(payload: Buffer): readonly (readonly [setting: number, value: number])[] {
  if (payload.length % 6 !== 0) throw new ConnectionError(CODE.FRAME_SIZE_ERROR, 'half a setting')
  return Array.from({ length: payload.length / 6 }, (_, index) => {
    const [setting, value] = [payload.readUInt16BE(index * 6), payload.readUInt32BE(index * 6 + 2)]
    if (setting === SETTING.INITIAL_WINDOW && value > LARGEST_WINDOW) throw tooLarge()
    return [setting, value] as const
  })
}

export const tooLarge = (): ConnectionError =>
  new ConnectionError(CODE.FLOW_CONTROL_ERROR, 'a window that is too large')

/** @throws ConnectionError for a payload that has not so many bytes */
export function ofBytes(payload: Buffer, bytes: number): Buffer {
  if (payload.length === bytes) return payload
  throw new ConnectionError(CODE.FRAME_SIZE_ERROR, `a frame of ${payload.length} bytes for ${bytes}`)
}

export const noPadding = (): ConnectionError =>
  new ConnectionError(CODE.FRAME_SIZE_ERROR, 'a padded frame that says no length of its padding')
