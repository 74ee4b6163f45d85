import { isUtf8 } from 'node:buffer'
import { isArray, parseJson, toJsonText, type JsonValue } from '@tablestream/table-schema'
import { shorten } from '@tablestream/contract'
import { problem, type Candidate, type NoCandidate } from './candidate.ts'

const NEWLINE = 10
const OPEN_ARRAY = 91

/** JSON text; what it holds may be one event, or an array of them. */
export function splitJson(body: Buffer, type?: string): readonly (Candidate | NoCandidate)[] {
  if (firstByte(body) !== OPEN_ARRAY) return [{ bytes: body, type }]
  const parsed = parse(body)
  if (parsed.outcome === 'problem') return [parsed]
  const elements = isArray(parsed.value) ? parsed.value : [parsed.value]
  // each becomes a message of its own; numbers stay as they were written
  return elements.map((element) => ({ bytes: Buffer.from(toJsonText(element)), type }))
}

/** One event a line; empty lines are nothing. */
export function splitLines(body: Buffer, type?: string): readonly Candidate[] {
  const candidates: Candidate[] = []
  for (let start = 0; start < body.length;) {
    const found = body.indexOf(NEWLINE, start)
    const end = found < 0 ? body.length : found
    const bytes = body.subarray(start, end)
    if (firstByte(bytes) !== undefined) candidates.push({ bytes, type })
    start = end + 1
  }
  return candidates
}

export type Parsed =
  | { readonly outcome: 'json'; readonly value: JsonValue; readonly text: string }
  | ({ readonly outcome: 'problem' } & NoCandidate)

/** JSON text as a value, or why it is none. */
export function parse(body: Buffer): Parsed {
  if (!isUtf8(body))
    return { outcome: 'problem', problems: [problem('', 'not_utf8', 'the body is not UTF-8 text')] }
  const text = body.toString()
  try {
    return { outcome: 'json', value: parseJson(text, body), text }
  } catch (error) {
    const message = `the body is not JSON: ${(error as Error).message}`
    return { outcome: 'problem', problems: [problem('', 'not_json', message, shorten(text))] }
  }
}

function firstByte(bytes: Buffer): number | undefined {
  for (const byte of bytes) if (byte !== 32 && byte !== 9 && byte !== 10 && byte !== 13) return byte
  return undefined
}
