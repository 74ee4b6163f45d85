import { GoogleError } from '../../google-error.ts'
import { avroChecker } from './avro.ts'
import type { Checker } from './checker.ts'
import type { SchemaType } from '../resources/schema-revision.ts'
import { protobufChecker } from './protobuf.ts'

// cloud.google.com/pubsub/quotas: "The schema definition field can't exceed 300 KB"
const MOST_BYTES = 300_000

/** @throws GoogleError INVALID_ARGUMENT that says what is wrong with the definition */
export function parseDefinition(type: SchemaType, definition: string): Checker {
  if (definition === '') throw invalid('it is empty')
  const bytes = Buffer.byteLength(definition)
  if (bytes > MOST_BYTES) throw invalid(`it has ${bytes} bytes; ${MOST_BYTES} is the limit`)
  try {
    return type === 'AVRO' ? avroChecker(definition) : protobufChecker(definition)
  } catch (error) {
    throw invalid((error as Error).message, error)
  }
}

function invalid(why: string, cause?: unknown): GoogleError {
  return new GoogleError('INVALID_ARGUMENT', `Invalid schema definition: ${why}.`, { cause })
}
