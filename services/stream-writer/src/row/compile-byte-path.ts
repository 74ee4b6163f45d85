import { isUtf8 } from 'node:buffer'
import {
  idOfMessage,
  knownType,
  partitionDay,
  sourceOf,
  timeFieldsOf,
  typeField,
  type Message,
} from '@tablestream/contract'
import type { Column, JsonSchema, RowOptions } from '@tablestream/table-schema'
import { takeFingerprint, type Fingerprint } from './fingerprint.ts'
import { ByteReader } from './byte-reader.ts'
import { changeSequence } from './change-sequence.ts'
import { eventShape } from './byte-shape.ts'
import { envelopeWriter, ROW } from './envelope-writer.ts'
import type { RowPlace } from './row-chunk.ts'

/** Where the row of an event is, and what its bytes are told by. */
export interface EventRow extends RowPlace, Fingerprint {}

/** What tells an event from others of its type: the same object for each, to be read at once. */
export interface EventKey {
  readonly eventId: string
  readonly source: string
}

/**
 * Judges and encodes a message of one event type in one go over its bytes. Gives the event's key and fills in its row;
 * undefined at the first surprise: then nothing is said about it, and decoding, validation and the plan go their slow way.
 * What it gives is what they would give.
 */
export type BytePath = (
  message: Message,
  data: Buffer,
  processedMicros: number,
  row: EventRow,
) => EventKey | undefined

/** Larger ones are rare, and need not be fast. */
const LARGEST = 32 << 10
/** A row takes at most so many times the bytes of its event: an array of one-digit numbers for FLOAT64. */
const GROWTH = 6
const MICROS_A_DAY = 86_400_000_000

const reader = new ByteReader(ROW)
const key = { eventId: '', source: '' }

/** undefined where the columns or the contract of the type hold something that only the slow path knows. */
export function compileBytePath(
  columns: readonly Column[],
  eventType: string,
  { upsert = false }: RowOptions = {},
): BytePath | undefined {
  if (eventType.trim() === '') return undefined
  const schema = knownType(eventType)?.schema as JsonSchema | undefined
  const timeFields = timeFieldsOf(eventType)
  const shape = eventShape(columns, schema, { typeField: typeField(), eventType, timeFields })
  if (!shape) return undefined
  const writeEnvelope = envelopeWriter(columns, upsert)
  return (message, data, processedMicros, row) => {
    if (data.length > LARGEST || !isUtf8(data)) return undefined
    ROW.begin()
    ROW.reserve(data.length * GROWTH + 200)
    if (!reader.read(data, shape, eventType)) return undefined
    const eventDay = partitionDay(message, ownDay())
    if (eventDay === undefined) return undefined
    const eventId = reader.hasEventId ? reader.eventId : idOfMessage(message)
    const source = sourceOf(message)
    takeFingerprint(data, row)
    const envelope = { eventId, source, fingerprint: row, eventDay, processedMicros }
    writeEnvelope(upsert ? { ...envelope, sequence: changeSequence(message) } : envelope)
    ROW.end(row)
    key.eventId = eventId
    key.source = source
    return key
  }
}

/** The event's own date, or the day of its time. */
function ownDay(): number | undefined {
  const { eventDate, eventTime } = reader
  return eventDate ?? (eventTime === undefined ? undefined : Math.floor(eventTime / MICROS_A_DAY))
}
