import type { Checker } from './checker.ts'
import { parseDefinition } from './definition.ts'
import { readEncoding, readType, type EnumValue } from './schema-json.ts'
import { checkData, type Schemas } from './schemas.ts'

interface SentSchema {
  readonly type?: EnumValue
  readonly definition?: string | null
}

interface ValidateMessage {
  readonly name?: string | null
  readonly schema?: SentSchema | null
  readonly encoding?: EnumValue
}

/** ValidateSchema. @throws GoogleError INVALID_ARGUMENT */
export function readSchema(schema: SentSchema | null | undefined): Checker {
  return parseDefinition(readType(schema?.type), schema?.definition ?? '')
}

/** ValidateMessage: by a schema that is there, or by one that the request brings. @throws GoogleError INVALID_ARGUMENT, NOT_FOUND */
export function validateMessage(
  schemas: Schemas,
  { name, schema, encoding }: ValidateMessage,
  data: Buffer,
): void {
  if (name) schemas.validateMessage(name, data, readEncoding(encoding))
  else checkData(readSchema(schema), data, readEncoding(encoding))
}
