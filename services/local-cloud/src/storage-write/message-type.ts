import protobuf from 'protobufjs'
import descriptor from 'protobufjs/ext/descriptor/index.js'
import { GoogleError } from '../google-error.ts'

const LABEL_OPTIONAL = 1
const LABEL_REQUIRED = 2

// the extension adds these factories to protobufjs's own classes
interface FromDescriptor<T> {
  readonly fromDescriptor: (message: object, edition: string, nested?: boolean) => T
}
const types = protobuf.Type as unknown as FromDescriptor<protobuf.Type>
const fields = protobuf.Field as unknown as FromDescriptor<protobuf.Field>

/**
 * The message that a writer's descriptor describes.
 *
 * @param protoDescriptor a google.protobuf.DescriptorProto, as a plain object
 * @throws GoogleError INVALID_ARGUMENT where it describes none
 */
export function typeOfDescriptor(protoDescriptor: object): protobuf.Type {
  try {
    const type = build(descriptor.DescriptorProto.fromObject(protoDescriptor) as descriptor.IDescriptorProto)
    new protobuf.Root().add(type).resolveAll()
    nameColumns(type, protoDescriptor)
    return type
  } catch (error) {
    throw new GoogleError('INVALID_ARGUMENT', `Invalid proto schema: ${(error as Error).message}`, {
      cause: error,
    })
  }
}

/** BigQuery's name of a column that protobuf cannot name: google/cloud/bigquery/storage/v1/annotations.proto. */
export const COLUMN_NAME = '.google.cloud.bigquery.storage.v1.columnName'

interface PlainDescriptor {
  readonly field?: readonly { readonly name?: string; readonly options?: Readonly<Record<string, unknown>> }[]
  readonly nestedType?: readonly (PlainDescriptor & { readonly name?: string })[]
}

/** protobufjs's own descriptor.proto does not know the option, and leaves it out. */
function nameColumns(type: protobuf.Type, { field = [], nestedType = [] }: PlainDescriptor): void {
  for (const { name = '', options } of field) {
    const column = options?.[COLUMN_NAME]
    const made = type.fields[name]
    if (typeof column === 'string' && made) made.options = { ...made.options, [COLUMN_NAME]: column }
  }
  for (const nested of nestedType) {
    const made = type.nested?.[nested.name ?? '']
    if (made instanceof protobuf.Type) nameColumns(made, nested)
  }
}

/** protobufjs looks at all fields of a message for each one that it adds: with 10,000 it would take seconds. They are added here. */
function build(message: descriptor.IDescriptorProto): protobuf.Type {
  const { field = [], nestedType = [], oneofDecl = [] } = message
  const relaxed = field.map(relax)
  // a member of a oneof is found by its place there
  const isPlain = oneofDecl.length === 0
  const type = types.fromDescriptor({ ...message, nestedType: [], field: isPlain ? [] : relaxed }, 'proto2')
  for (const nested of nestedType) type.add(build(nested))
  if (isPlain) for (const each of relaxed) addField(type, each)
  // looks for two fields with one id
  void type.fieldsById
  return type
}

/** A missing required field is the row's error, told with its column, and none of the message's. */
function relax(field: descriptor.IFieldDescriptorProto): descriptor.IFieldDescriptorProto {
  if (field.label === LABEL_REQUIRED) field.label = LABEL_OPTIONAL
  return field
}

/** As protobufjs's `Type.add`, with its rules. */
function addField(type: protobuf.Type, message: descriptor.IFieldDescriptorProto): void {
  const field = fields.fromDescriptor(message, 'proto2', true)
  const { name, id } = field
  if (type.get(name)) throw new Error(`duplicate name '${name}' in ${String(type)}`)
  if (type.isReservedId(id) || type.isReservedName(name) || name.startsWith('$'))
    throw new Error(`field ${name} (${id}) is reserved in ${String(type)}`)
  type.fields[name] = field
  field.message = type
  field.onAdd(type)
}
