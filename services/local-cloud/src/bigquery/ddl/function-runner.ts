import type { FunctionStatement } from '../../sql/statements/function-statement.ts'
import type { Catalog } from '../catalog/catalog.ts'
import type { RoutineReference, RoutineSpec } from '../catalog/routine.ts'
import { procedureRoutineOf, routineOf, tableRoutineOf } from '../catalog/routine-definition.ts'
import { BigQueryError } from '../errors.ts'
import type { TableReference } from '../table/table.ts'

interface FunctionParts {
  readonly catalog: Catalog
  /** @throws BigQueryError notFound where there is no such dataset */
  readonly newTable: (path: readonly string[]) => TableReference
  /** @throws BigQueryError where the body is none */
  readonly check: (reference: RoutineReference, spec: RoutineSpec) => void
}

export interface FunctionResult {
  readonly statementType: FunctionStatement['type']
  readonly ddl: {
    readonly operation: 'CREATE' | 'REPLACE' | 'SKIP' | 'DROP'
    readonly routine: RoutineReference
  }
}

/** Makes or drops a function or procedure. @throws BigQueryError duplicate, notFound, invalidQuery */
export async function runFunctionStatement(
  { catalog: { routines }, newTable, check }: FunctionParts,
  statement: FunctionStatement,
  isDry: boolean,
): Promise<FunctionResult> {
  const { tableId: routineId, ...dataset } = newTable(statement.path)
  const routine = { ...dataset, routineId }
  const before = routines.find(routine)
  const done = (operation: FunctionResult['ddl']['operation']) => ({
    statementType: statement.type,
    ddl: { operation, routine },
  })
  checkKind(statement, before?.spec.routineType)
  if (!('made' in statement)) {
    if (!before && statement.ifExists) return done('SKIP')
    routines.get(routine)
    if (!isDry) await routines.delete(routine)
    return done('DROP')
  }
  const { ifNotExists, orReplace } = statement
  if (before && ifNotExists) return done('SKIP')
  if (orReplace && ifNotExists)
    throw new BigQueryError('invalidQuery', 'CREATE OR REPLACE and IF NOT EXISTS cannot be used together.')
  const body = bodyOf(statement)
  check(routine, body)
  const isReplaced = before !== undefined && orReplace
  if (!isDry) await (isReplaced ? routines.update(routine, body) : routines.create(routine, body))
  return done(isReplaced ? 'REPLACE' : 'CREATE')
}

function bodyOf(statement: Extract<FunctionStatement, { readonly made: unknown }>): RoutineSpec {
  switch (statement.type) {
    case 'CREATE_FUNCTION':
      return routineOf(statement.made, statement.description)
    case 'CREATE_TABLE_FUNCTION':
      return tableRoutineOf(statement.made, undefined)
    default:
      return procedureRoutineOf(statement.made)
  }
}

const KINDS: Readonly<Record<string, string>> = {
  FUNCTION: 'SCALAR_FUNCTION',
  TABLE_FUNCTION: 'TABLE_VALUED_FUNCTION',
  PROCEDURE: 'PROCEDURE',
}

/** All routines of a dataset have one set of names: what is there is of the kind that the statement is about. */
function checkKind({ type, path }: FunctionStatement, routineType: string | undefined): void {
  const wanted = KINDS[type.replace(/^(CREATE|DROP)_/, '')]
  if (routineType !== undefined && routineType !== wanted)
    throw new BigQueryError(
      'invalidQuery',
      `${path.join('.')} is a routine of type ${routineType}, and not ${wanted}`,
    )
}
