import { GoogleError } from '../google-error.ts'

/** The two parts of an upload of type `multipart`: what is said of the bytes, and the bytes. */
export interface RelatedParts {
  readonly metadata: Readonly<Record<string, unknown>>
  readonly contentType: string | undefined
  readonly content: Buffer
}

/**
 * Reads a body of multipart/related (RFC 2387) with exactly a part of JSON and a part of bytes. Its lines end with CRLF, or
 * all of them with LF: gcloud writes it so.
 *
 * @throws GoogleError INVALID_ARGUMENT that says what is missing
 */
export function readRelated(contentType: string, body: Buffer): RelatedParts {
  const [, quoted, plain] = /;\s*boundary=(?:"([^"]+)"|([^\s;]+))/i.exec(contentType) ?? []
  const boundary = quoted ?? plain?.replace(/^'(.*)'$/, '$1')
  if (!/^multipart\/related\b/i.test(contentType) || boundary === undefined)
    throw badBody('Content-Type is multipart/related with a boundary')
  const line = Buffer.from(`--${boundary}`)
  const places = placesOf(body, line)
  const last = places.at(-1) ?? 0
  if (places.length !== 3 || body.toString('latin1', last + line.length, last + line.length + 2) !== '--')
    throw badBody('it has two parts, and ends with its boundary')
  const afterFirst = body.indexOf('\n', places[0]! + line.length)
  const end = body[afterFirst - 1] === CARRIAGE_RETURN ? '\r\n' : '\n'
  const [first, second] = [0, 1].map((index) => {
    const from = body.indexOf(end, places[index]! + line.length)
    return partOf(body.subarray(from, places[index + 1]! - end.length), end)
  })
  try {
    if (first!.content.length > LARGEST_METADATA)
      throw new GoogleError('INVALID_ARGUMENT', 'Metadata part is too large.')
    const metadata = JSON.parse(first!.content.toString('utf8') || '{}') as Record<string, unknown>
    return { metadata, contentType: second!.contentType, content: second!.content }
  } catch (error) {
    if (error instanceof GoogleError) throw error
    throw new GoogleError('INVALID_ARGUMENT', 'Parse Error', { cause: error })
  }
}

const CARRIAGE_RETURN = 0x0d
const LARGEST_METADATA = 2 << 20

/** Where the boundary stands at the beginning of a line. */
function placesOf(body: Buffer, line: Buffer): number[] {
  const places: number[] = []
  for (let at = body.indexOf(line); at !== -1; at = body.indexOf(line, at + line.length)) {
    if (at === 0 || body.toString('latin1', at - 1, at) === '\n') places.push(at)
  }
  return places
}

/** @param bytes a part with the line break in front of its head */
function partOf(bytes: Buffer, end: string): { contentType: string | undefined; content: Buffer } {
  const headEnd = bytes.indexOf(end + end)
  if (headEnd === -1) throw badBody('each part has a head')
  const head = bytes.toString('latin1', 0, headEnd)
  const [, contentType] = /^content-type:\s*(.*?)\s*$/im.exec(head) ?? []
  return { contentType, content: bytes.subarray(headEnd + end.length * 2) }
}

function badBody(rule: string): GoogleError {
  return new GoogleError('INVALID_ARGUMENT', `Malformed multipart body: ${rule}.`)
}
