import type { JsonSchema } from '@tablestream/table-schema'

interface ObjectSchema extends JsonSchema {
  readonly minProperties?: number
  readonly dependentRequired?: Readonly<Record<string, readonly string[]>>
}

/**
 * Whether a rule could take a field that is null for one that is there: one that counts fields, or that asks for a field of which the
 * schema says nothing else. A field with a type is no null by that.
 */
export function countsFields(schema: JsonSchema): boolean {
  const { properties = {}, required = [], items, minProperties, dependentRequired }: ObjectSchema = schema
  const named = [...required, ...Object.values(dependentRequired ?? {}).flat()]
  return (
    minProperties !== undefined ||
    named.some((name) => !Object.hasOwn(properties, name) || mayBeNull(properties[name]!)) ||
    Object.values(properties).some(countsFields) ||
    (items !== undefined && countsFields(items))
  )
}

const mayBeNull = ({ type, const: only, enum: listed, anyOf }: JsonSchema): boolean =>
  [type, only, listed, anyOf].every((rule) => rule === undefined)
