import { decodeMessage, validateEvent, type Message } from '@tablestream/contract'
import {
  compileBytePath,
  compileEncoder,
  newRow,
  rowBytes,
  takeFingerprint,
} from '@tablestream/stream-writer'
import { dateDays, type Column } from '@tablestream/table-schema'
import { rowDecoder } from './decode-row.ts'

const MICROS = 1_767_225_600_000_000
const NOW = '2026-01-01T00:00:00.000Z'

/** A message with this text. */
export function messageOf(text: string, attributes: Record<string, string> = { 'ce-id': 'ce' }): Message {
  return { data: Buffer.from(text), attributes, messageId: 'message', publishTime: NOW }
}

/** What the slow way makes of a message; undefined where it is no row without a closer look. */
function slowly(columns: readonly Column[], message: Message): Buffer | undefined {
  const decoded = decodeMessage(message)
  if (decoded.outcome !== 'event' || validateEvent(decoded.eventType, decoded.event).length > 0)
    return undefined
  if (Object.keys(decoded.leftOver).length > 0) return undefined
  const fingerprint = { low: 0, high: 0 }
  takeFingerprint(message.data, fingerprint)
  const envelope = {
    source: decoded.source,
    fingerprint,
    eventId: decoded.eventId,
    eventDay: dateDays(decoded.eventDate)!,
    processedMicros: MICROS,
  }
  const { row, complete } = compileEncoder(columns)(decoded.event, envelope)
  return complete ? rowBytes(row) : undefined
}

/** Fails where the byte path gives another row than the slow way; tells whether it gave one. */
export function compare(columns: readonly Column[], type: string, message: Message): boolean {
  const quick = { ...newRow(), low: 0, high: 0 }
  const key = compileBytePath(columns, type)?.(message, message.data as Buffer, MICROS, quick)
  if (key === undefined) return false
  const slow = slowly(columns, message)
  const text = Buffer.from(message.data).toString()
  if (!slow) throw new Error(`the slow way makes no row of ${text}`)
  const decode = rowDecoder(columns)
  const [one, two] = [rowBytes(quick), slow].map((bytes) => JSON.stringify(sorted(decode(bytes))))
  if (one !== two) throw new Error(`${text}\n${one}\n${two}`)
  const decoded = decodeMessage(message)
  if (decoded.outcome !== 'event' || decoded.eventId !== key.eventId || decoded.source !== key.source)
    throw new Error(`another key: ${text}`)
  return true
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted)
  if (Object.is(value, -0)) return '-0'
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1))
  return Object.fromEntries(entries.map(([key, inner]) => [key, sorted(inner)]))
}
