import type { Portion, Read, Recognised, SourceObject } from './records.ts'
import { ndjsonPortions, readNdjson } from './ndjson.ts'

export { SourceError } from './records.ts'
export type { Portion, Read, Recognised, SourceObject, Place } from './records.ts'

/** What a source is: lines of JSON, as yet. */
export function recognise(_object: SourceObject): Promise<Recognised> {
  return Promise.resolve({ format: 'ndjson', packing: 'none', encoding: 'utf-8' })
}

/** Shares of a source, each of about so many bytes. */
export function portionsOf(
  object: SourceObject,
  _recognised: Recognised,
  { bytes }: { readonly bytes: number },
): Promise<readonly Portion[]> {
  return ndjsonPortions(object, bytes)
}

export function readPortion(
  object: SourceObject,
  _recognised: Recognised,
  portion: Portion,
): AsyncIterable<readonly Read[]> {
  return readNdjson(object, portion)
}
