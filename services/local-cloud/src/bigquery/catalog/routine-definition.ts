import type { FunctionDefinition } from '../../sql/tree/function-definition.ts'
import type { TypeName } from '../../sql/tree/tree.ts'
import type { RoutineSpec, RoutineType } from './routine.ts'

/** A routine's resource as the function that it is. */
export function definitionOf({
  arguments: args = [],
  returnType,
  definitionBody = '',
}: RoutineSpec): FunctionDefinition {
  return {
    parameters: args.map(({ name = '', dataType }) => ({ name, type: dataType && typeName(dataType) })),
    returns: returnType && typeName(returnType),
    body: definitionBody,
  }
}

/** A function as the resource of a routine. */
export function routineOf(
  { parameters, returns, body }: FunctionDefinition,
  description: string | undefined,
): RoutineSpec {
  return {
    routineType: 'SCALAR_FUNCTION',
    language: 'SQL',
    arguments: parameters.map(({ name, type }) => ({
      name,
      ...(type ? { dataType: routineType(type) } : { argumentKind: 'ANY_TYPE' }),
    })),
    ...(returns && { returnType: routineType(returns) }),
    definitionBody: body,
    ...(description !== undefined && { description }),
  }
}

function typeName({ typeKind = '', arrayElementType, structType }: RoutineType): TypeName {
  return {
    name: typeKind.toUpperCase(),
    ...(arrayElementType && { element: typeName(arrayElementType) }),
    ...(structType && {
      fields: (structType.fields ?? []).map(({ name, type }) => ({ name, type: typeName(type ?? {}) })),
    }),
  }
}

function routineType({ name, element, fields }: TypeName): RoutineType {
  return {
    typeKind: name,
    ...(element && { arrayElementType: routineType(element) }),
    ...(fields && {
      structType: {
        fields: fields.map((field) => ({
          ...(field.name !== undefined && { name: field.name }),
          type: routineType(field.type),
        })),
      },
    }),
  }
}
