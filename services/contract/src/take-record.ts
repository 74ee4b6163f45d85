import type { JsonObject } from '@tablestream/table-schema'
import { knownType } from './known-types.ts'
import type { Problem } from './validate-event.ts'

export type TakenRecord =
  | { readonly outcome: 'event'; readonly event: JsonObject }
  | { readonly outcome: 'problem'; readonly problem: Problem }

/**
 * A record that came by a door for one event type, as an event of that type. `event_type` is the type of the envelope,
 * always: a record may leave it out or say the same. Where records of the type have an `event_type` of their own with another meaning,
 * the catalogue names the field that keeps it.
 */
export function takeRecord(eventType: string, record: JsonObject): TakenRecord {
  const own = record['event_type']
  if (own === eventType) return { outcome: 'event', event: record }
  if (own === undefined || own === null)
    return { outcome: 'event', event: { ...record, event_type: eventType } }
  const field = knownType(eventType)?.recordType
  if (field === undefined) {
    const message = `must be "${eventType}" or left out, as the event comes by the door of this type`
    return { outcome: 'problem', problem: { path: '/event_type', rule: 'const', message, value: own } }
  }
  if (record[field] !== undefined && record[field] !== null) {
    const message = `says the same as ${field}: only one of the two can be kept`
    return { outcome: 'problem', problem: { path: '/event_type', rule: 'const', message, value: own } }
  }
  return { outcome: 'event', event: { ...record, event_type: eventType, [field]: own } }
}
