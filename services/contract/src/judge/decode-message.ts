import { isUtf8 } from 'node:buffer'
import {
  duplicateKey,
  hasMoreKeys,
  isArray,
  isObject,
  nestsDeeperThan,
  parseJson,
  pointer,
  survey,
  toJsonText,
  type JsonValue,
} from '@tablestream/table-schema'
import { readEnvelope, type Envelope } from './envelope.ts'
import type { Message } from '../messages/message.ts'
import { shorten, type Rejection } from '../messages/rejection.ts'
import { typeField } from '../known/type-field.ts'

export type Decoded =
  | ({ readonly outcome: 'event' } & Envelope)
  | ({ readonly outcome: 'rejected' } & Rejection)

// JSON text that is UTF-8 can hold half a character only as an escape
const ESCAPE = String.raw`\u`
const SURROGATE_ESCAPE = /\\u[dD][89a-fA-F]/

/** Levels that BigQuery's JSON nests (docs: JSON functions and data type, "nested to 500 levels"). The event itself is the first. */
const MOST_LEVELS = 500
/**
 * Arrays, objects, and what stands in them. What parses them makes up to 700 bytes of each (an object with a key that no other one has):
 * 10 MB of such would take more memory than a service has.
 */
const MOST_VALUES = 500_000
/** Each may ask for a column of its own, and is looked for where columns are: that takes seconds where there are half a million. */
const MOST_KEYS = 100_000
/** What a Pub/Sub attribute holds, in which publishers tell the type again. */
const MOST_TYPE_BYTES = 1024

/** Turns a message into an event with its envelope, or says why it is none. Throws nothing, whatever the bytes. */
export function decodeMessage(message: Message): Decoded {
  const { data } = message
  const bytes = Buffer.isBuffer(data) ? data : Buffer.from(data.buffer, data.byteOffset, data.byteLength)
  const known = survey(bytes)
  if (!known.isAscii && !isUtf8(bytes)) return rejected('not_utf8', '', '', 'the message is not UTF-8 text')
  const text = bytes.toString('utf8')
  // before it is parsed: from here on it is safe to recur with each level
  if (known.levels > MOST_LEVELS) return tooDeep(text)
  if (known.values > MOST_VALUES) return tooManyValues(text, known.values)
  let event: JsonValue
  try {
    event = parseJson(text, known)
  } catch (error) {
    return rejected('not_json', '', text, `the message is not JSON: ${(error as Error).message}`)
  }
  if (known.keys > MOST_KEYS && hasMoreKeys(MOST_KEYS, event)) return tooManyKeys(text)
  const twice = duplicateKey(text, known, event)
  return twice === undefined ? decodeValue(event, text, message) : rejected(...duplicate(twice))
}

function duplicate(path: string): Parameters<typeof rejected> {
  return ['duplicate_key', path, '', 'an object has a key twice: nobody can say which of the values counts']
}

/** The same for JSON that has been parsed: `text` is what it was parsed from, the message's data are not read. */
export function decodeParsed(event: JsonValue, text: string, message: Message): Decoded {
  if (nestsDeeperThan(MOST_LEVELS, text)) return tooDeep(text)
  // two characters at least are of each value, and four of each key
  const mayHaveMore = text.length > Math.min(2 * MOST_VALUES, 4 * MOST_KEYS)
  const known = mayHaveMore ? survey(Buffer.from(text)) : NOT_MANY
  if (known.values > MOST_VALUES) return tooManyValues(text, known.values)
  if (known.keys > MOST_KEYS && hasMoreKeys(MOST_KEYS, event)) return tooManyKeys(text)
  return decodeValue(event, text, message)
}

const NOT_MANY = { values: 0, keys: 0 }

function tooManyKeys(text: string): Decoded {
  const rule = `the objects of an event have at most ${MOST_KEYS} different keys: what has more is data, and belongs into arrays`
  return rejected('too_many_keys', '', text, rule)
}

function tooManyValues(text: string, values: number): Decoded {
  return rejected(
    'too_many_values',
    '',
    text,
    `an event holds at most ${MOST_VALUES} values, and this one ${values}`,
  )
}

function tooDeep(text: string): Decoded {
  return rejected('too_deep', '', text, `an event nests at most ${MOST_LEVELS} levels of arrays and objects`)
}

function decodeValue(event: JsonValue, text: string, message: Message): Decoded {
  if (!isObject(event)) return rejected('not_an_object', '', text, 'an event is a JSON object')
  const field = typeField()
  const eventType = event[field]
  if (typeof eventType !== 'string' || eventType.trim() === '') {
    const value = eventType === undefined ? '' : toJsonText(eventType)
    const rule = `an event names its type in \`${field}\`, a non-empty string`
    return rejected('no_event_type', `/${field}`, value, rule)
  }
  // no character of UTF-16 has more than three bytes of UTF-8
  if (eventType.length * 3 > MOST_TYPE_BYTES && Buffer.byteLength(eventType) > MOST_TYPE_BYTES) {
    const rule = `\`${field}\` has at most ${MOST_TYPE_BYTES} bytes of UTF-8`
    return rejected('event_type_too_long', `/${field}`, toJsonText(eventType), rule)
  }
  if (text.includes(ESCAPE) && SURROGATE_ESCAPE.test(text)) {
    const path = findHalfCharacter(event, '')
    if (path !== undefined)
      return rejected('not_unicode', path, '', 'the text holds half a character (a lone surrogate)')
  }
  return readEnvelope(event, eventType, message)
}

function findHalfCharacter(value: JsonValue, path: string): string | undefined {
  if (typeof value === 'string') return value.isWellFormed() ? undefined : path
  if (isArray(value)) return firstOf(value.entries(), path)
  return isObject(value) ? firstOf(Object.entries(value), path) : undefined
}

function firstOf(entries: Iterable<readonly [string | number, JsonValue]>, path: string): string | undefined {
  for (const [key, value] of entries) {
    if (typeof key === 'string' && !key.isWellFormed()) return pointer(path, key.toWellFormed())
    const found = findHalfCharacter(value, pointer(path, key))
    if (found !== undefined) return found
  }
  return undefined
}

function rejected(reason: Rejection['reason'], path: string, value: string, message: string): Decoded {
  return { outcome: 'rejected', reason, path, value: shorten(value), message: shorten(message) }
}
