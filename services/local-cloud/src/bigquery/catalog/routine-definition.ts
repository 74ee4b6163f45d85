import type { FunctionDefinition } from '../../sql/tree/function-definition.ts'
import type { ArgumentMode, ProcedureArgument } from '../../sql/tree/procedure.ts'
import type { Procedure } from '../../sql/tree/script.ts'
import type { TableFunctionDefinition } from '../../sql/tree/table-function.ts'
import type { TypeName } from '../../sql/tree/tree.ts'
import type { RoutineArgument, RoutineSpec, RoutineType } from './routine.ts'

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

/** The same of one that gives a table. */
export function tableFunctionOf(spec: RoutineSpec): TableFunctionDefinition {
  const { parameters, body } = definitionOf(spec)
  const columns = spec.returnTableType?.columns?.map(({ name = '', type = {} }) => ({
    name,
    type: typeName(type),
  }))
  return { parameters, columns, body }
}

/** The arguments of a procedure, and its statements. */
export function procedureOf({ arguments: args = [], definitionBody = '' }: RoutineSpec): {
  readonly arguments: readonly ProcedureArgument[]
  readonly body: string
} {
  return {
    arguments: args.map(({ name = '', mode = 'IN', dataType }) => ({
      name,
      mode: mode as ArgumentMode,
      type: dataType && typeName(dataType),
    })),
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
    arguments: parameters.map(argumentOf),
    ...(returns && { returnType: routineType(returns) }),
    definitionBody: body,
    ...(description !== undefined && { description }),
  }
}

/** A function that gives a table as the resource of a routine. */
export function tableRoutineOf(
  { parameters, columns, body }: TableFunctionDefinition,
  description: string | undefined,
): RoutineSpec {
  return {
    routineType: 'TABLE_VALUED_FUNCTION',
    language: 'SQL',
    arguments: parameters.map(argumentOf),
    ...(columns && {
      returnTableType: { columns: columns.map(({ name, type }) => ({ name, type: routineType(type) })) },
    }),
    definitionBody: body,
    ...(description !== undefined && { description }),
  }
}

/** A procedure as the resource of a routine. */
export function procedureRoutineOf({ arguments: args, body, description, isStrict }: Procedure): RoutineSpec {
  return {
    routineType: 'PROCEDURE',
    language: 'SQL',
    arguments: args.map((arg) => ({ ...argumentOf(arg), ...(arg.mode !== 'IN' && { mode: arg.mode }) })),
    definitionBody: body,
    ...(description !== undefined && { description }),
    ...(isStrict !== undefined && { strictMode: isStrict }),
  }
}

function argumentOf({ name, type }: FunctionDefinition['parameters'][number]): RoutineArgument {
  return { name, ...(type ? { dataType: routineType(type) } : { argumentKind: 'ANY_TYPE' }) }
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
