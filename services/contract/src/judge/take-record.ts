import type { JsonObject } from '@tablestream/table-schema'
import { knownType } from '../known/known-types.ts'
import { typeField } from '../known/type-field.ts'
import type { Problem } from './problem.ts'

export type TakenRecord =
  | { readonly outcome: 'event'; readonly event: JsonObject }
  | { readonly outcome: 'problem'; readonly problem: Problem }

/**
 * A record that came by a door for one event type, as an event of that type. The field that names the type (`event_type`) is the type of
 * the envelope, always: a record may leave it out or say the same. Where records of the type have such a field of their own with another
 * meaning, the catalogue names the field that keeps it.
 */
export function takeRecord(eventType: string, record: JsonObject): TakenRecord {
  const name = typeField()
  const path = `/${name}`
  const own = record[name]
  if (own === eventType) return { outcome: 'event', event: record }
  if (own === undefined || own === null) return { outcome: 'event', event: { ...record, [name]: eventType } }
  const field = knownType(eventType)?.recordType
  if (field === undefined) {
    const message = `must be "${eventType}" or left out, as the event comes by the door of this type`
    return { outcome: 'problem', problem: { path, rule: 'const', message, value: own } }
  }
  if (record[field] !== undefined && record[field] !== null) {
    const message = `says the same as ${field}: only one of the two can be kept`
    return { outcome: 'problem', problem: { path, rule: 'const', message, value: own } }
  }
  return { outcome: 'event', event: { ...record, [name]: eventType, [field]: own } }
}
