import protobuf from 'protobufjs'
import type { Checker, Encoding } from './checker.ts'
import { checkProtoBinary } from './proto-binary.ts'
import { checkProtoJson } from './proto-json-message.ts'

/**
 * cloud.google.com/pubsub/docs/schemas: proto2 and proto3, one top-level type, no imports.
 *
 * @throws Error that says what is wrong
 */
export function protobufChecker(definition: string): ProtobufChecker {
  const { root, imports = [], weakImports = [] } = protobuf.parse(definition, { keepCase: true })
  const imported = [...imports, ...weakImports]
  if (imported.length > 0) throw new Error(`imports are not supported: "${imported[0]}"`)
  const types = topLevel(root)
  if (types.length !== 1)
    throw new Error(`it has ${types.length} top-level message types, where one is wanted`)
  root.resolveAll()
  return new ProtobufChecker(types[0]!)
}

class ProtobufChecker implements Checker {
  readonly type: protobuf.Type

  constructor(type: protobuf.Type) {
    this.type = type
  }

  check(data: Buffer, encoding: Encoding): void {
    if (encoding === 'BINARY') checkProtoBinary(this.type, data)
    else checkProtoJson(this.type, JSON.parse(data.toString()), '')
  }

  /** Fields that both have are the same, and the others are optional: cloud.google.com/pubsub/docs/commit-schema-revision. */
  compatibleWith(other: Checker): void {
    if (!(other instanceof ProtobufChecker)) throw new Error('the other is no Protocol Buffer schema')
    if (this.type.fullName !== other.type.fullName)
      throw new Error(`the message ${other.type.fullName} is called ${this.type.fullName} now`)
    compareFields(this.type, other.type)
  }
}

function compareFields(one: protobuf.Type, other: protobuf.Type): void {
  for (const [left, right] of [
    [one, other],
    [other, one],
  ] as const) {
    for (const field of left.fieldsArray) {
      const same = right.fieldsById[field.id]
      if (!same && field.required) throw new Error(`the field ${field.name} is required, and not in both`)
      if (same && signature(same) !== signature(field))
        throw new Error(`the field "${signature(same)}" became "${signature(field)}"`)
    }
  }
  for (const inner of one.nestedArray)
    if (inner instanceof protobuf.Type && other.nested?.[inner.name] instanceof protobuf.Type)
      compareFields(inner, other.nested[inner.name] as protobuf.Type)
}

function signature(field: protobuf.Field): string {
  const label = field.repeated ? 'repeated ' : field.required ? 'required ' : ''
  const key = field instanceof protobuf.MapField ? `map<${field.keyType}> ` : ''
  return `${label}${key}${field.type} ${field.name} = ${field.id}`
}

function topLevel(scope: protobuf.NamespaceBase): protobuf.Type[] {
  return scope.nestedArray.flatMap((each) => {
    if (each instanceof protobuf.Type) return [each]
    return each instanceof protobuf.Namespace && !(each instanceof protobuf.Service) ? topLevel(each) : []
  })
}
