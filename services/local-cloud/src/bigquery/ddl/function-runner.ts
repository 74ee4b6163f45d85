import type { FunctionStatement } from '../../sql/statements/function-statement.ts'
import type { Catalog } from '../catalog/catalog.ts'
import type { RoutineReference, RoutineSpec } from '../catalog/routine.ts'
import { routineOf } from '../catalog/routine-definition.ts'
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

/** Makes or drops a function. @throws BigQueryError duplicate, notFound, invalidQuery */
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
  if (statement.type === 'DROP_FUNCTION') {
    if (!before && statement.ifExists) return done('SKIP')
    routines.get(routine)
    if (!isDry) await routines.delete(routine)
    return done('DROP')
  }
  const { made, description, ifNotExists, orReplace } = statement
  if (before && ifNotExists) return done('SKIP')
  const body = routineOf(made, description)
  check(routine, body)
  const isReplaced = before !== undefined && orReplace
  if (!isDry) await (isReplaced ? routines.update(routine, body) : routines.create(routine, body))
  return done(isReplaced ? 'REPLACE' : 'CREATE')
}
