import { isUtf8 } from 'node:buffer'
import createError from '@fastify/error'
import {
  duplicateKey,
  isArray,
  parseJson,
  survey,
  toJsonText,
  type JsonValue,
} from '@tablestream/table-schema'
import { fault, type Candidate, type Candidates, type NoCandidate } from './candidate.ts'

const NEWLINE = 10
const OPEN_ARRAY = 91

/** Events of one request. */
export const MOST_EVENTS = 10_000
/** What may stand in one JSON text: 10 MB of what people write have fewer, and parsing them takes some 100 MB. */
const MOST_VALUES = 1_000_000
/** An event has at most 500 levels, which is judged by the contract; around it may stand a CloudEvent, and an array of them. */
const MOST_LEVELS = 502

const TooManyEvents = createError(
  'TOO_MANY_EVENTS',
  `the body holds more than ${MOST_EVENTS} events; send them in several requests`,
  413,
)

/** JSON text; what it holds may be one event, or an array of them. */
export function splitJson(body: Buffer, type?: string): Candidates {
  if (firstByte(body) !== OPEN_ARRAY) return { count: 1, each: [single(body, type)] }
  const parsed = parse(body)
  if (parsed.outcome === 'fault') return { count: 1, each: [parsed] }
  const elements = isArray(parsed.value) ? parsed.value : [parsed.value]
  // each becomes a message of its own; numbers stay as they were written
  const each = elements.values().map((element) => ({ bytes: Buffer.from(toJsonText(element)), type }))
  return { count: elements.length, each }
}

/** One event a line; empty lines are nothing. */
export function splitLines(body: Buffer, type?: string): Candidates {
  const candidates: (Candidate | NoCandidate)[] = []
  for (let start = 0; start < body.length;) {
    const found = body.indexOf(NEWLINE, start)
    const end = found < 0 ? body.length : found
    const bytes = body.subarray(start, end)
    if (firstByte(bytes) !== undefined) {
      if (candidates.length === MOST_EVENTS) throw new TooManyEvents()
      candidates.push(single(bytes, type))
    }
    start = end + 1
  }
  return { count: candidates.length, each: candidates }
}

function single(bytes: Buffer, type: string | undefined): Candidate | NoCandidate {
  if (bytes.length > MOST_VALUES && survey(bytes).values > MOST_VALUES) return TOO_MANY_VALUES
  return { bytes, type }
}

const TOO_MANY_VALUES: NoCandidate = {
  faults: [fault('', 'too_many_values', `JSON text holds at most ${MOST_VALUES} values`)],
}

export type Parsed =
  | { readonly outcome: 'json'; readonly value: JsonValue; readonly text: string }
  | ({ readonly outcome: 'fault' } & NoCandidate)

/**
 * JSON text as a value, or why it is none.
 *
 * @throws TooManyEvents for an array of more
 */
export function parse(body: Buffer): Parsed {
  const known = survey(body)
  if (!known.isAscii && !isUtf8(body)) return no('not_utf8', 'the body is not UTF-8 text')
  if (firstByte(body) === OPEN_ARRAY && known.elements > MOST_EVENTS) throw new TooManyEvents()
  if (known.values > MOST_VALUES) return { outcome: 'fault', ...TOO_MANY_VALUES }
  // what prints JSON recurs with each level
  if (known.levels > MOST_LEVELS)
    return no('too_deep', `an event nests at most 500 levels of arrays and objects`)
  const text = body.toString()
  try {
    const value = parseJson(text, known)
    const twice = duplicateKey(text, known, value)
    if (twice === undefined) return { outcome: 'json', value, text }
    return { outcome: 'fault', faults: [fault(twice, 'duplicate_key', 'an object has this key twice')] }
  } catch (error) {
    return no('not_json', `the body is not JSON: ${(error as Error).message}`, text)
  }
}

function no(rule: string, message: string, value = ''): Parsed {
  return { outcome: 'fault', faults: [fault('', rule, message, value)] }
}

export function firstByte(bytes: Buffer): number | undefined {
  for (const byte of bytes) if (byte !== 32 && byte !== 9 && byte !== 10 && byte !== 13) return byte
  return undefined
}
