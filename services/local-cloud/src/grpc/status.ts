import { fieldBytes, headerBlock } from './hpack.ts'

/** What a call is told to its client with when it fails. */
export interface Failure {
  /** gRPC's number. */
  readonly code: number
  readonly message: string
  /** Headers behind the answer; the names of bytes end with `-bin`. */
  readonly trailers?: Readonly<Record<string, string | Uint8Array>> | undefined
}

const CONTENT = ['content-type', 'application/grpc'] as const
const STATUS_OK = Buffer.of(0x88)
export const ANSWER_HEADERS = Buffer.concat([
  STATUS_OK,
  headerBlock([CONTENT, ['grpc-accept-encoding', 'identity,deflate,gzip']]),
])
export const OK_TRAILERS = headerBlock([['grpc-status', '0']])

/**
 * gRPC's description of its wire (PROTOCOL-HTTP2.md) suggests to clients to take 8 KiB of trailers, and those of Java and Python do. Who is
 * sent more reads neither code nor words.
 */
const MOST_BYTES = 8 << 10
/** What words get in any case. Whoever asks for large details, as clients of Pub/Sub that acks are confirmed to, takes more. */
const LEAST_WORDS = 1 << 10

/** The headers that a failure is told by. @param isBehind whether others went before them, with an answer or without */
export function failureBlock({ code, message, trailers = {} }: Failure, isBehind: boolean): Buffer {
  const before = isBehind ? [] : ([[':status', '200'], CONTENT] as const)
  const status = ['grpc-status', String(code)] as const
  const behind = Object.entries(trailers).map(([name, value]) => [name, textOf(value)] as const)
  const others = [...before, status, ...behind].reduce((sum, field) => sum + fieldBytes(...field), 0)
  const most = MOST_BYTES - others - fieldBytes('grpc-message', '')
  const words = ['grpc-message', wordsOf(message, Math.max(LEAST_WORDS, most))] as const
  return headerBlock([...before, status, words, ...behind])
}

const textOf = (value: string | Uint8Array): string =>
  typeof value === 'string' ? value : Buffer.from(value).toString('base64')

/** What a failure says, cut where it says too much. */
function wordsOf(message: string, most: number): string {
  let words = percentEncoded(message)
  for (let length = message.length; words.length > most;) {
    length = Math.floor((length * most) / words.length)
    // no half of a pair
    words = percentEncoded(message.slice(0, length).replace(/[\uD800-\uDBFF]$/, ''))
  }
  return words
}

/** gRPC's way to say anything in a header: bytes that are no printable ASCII, and the percent, as %XX. */
function percentEncoded(message: string): string {
  return Buffer.from(message)
    .toString('latin1')
    .replaceAll(/[^ -$&-~]/g, (byte) => `%${byte.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`)
}
