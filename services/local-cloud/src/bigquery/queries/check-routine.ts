import { Parameters } from '../../sql/parameters.ts'
import { QueryLimits } from '../../sql/query-limits.ts'
import { rewriteQuery } from '../../sql/rewrite-query.ts'
import { TableResolver } from '../../sql/table-path.ts'
import { spelling, typeOf } from '../../sql/typing/sql-type.ts'
import type { Catalog } from '../catalog/catalog.ts'
import { definitionOf } from '../catalog/routine-definition.ts'
import type { RoutineReference, RoutineSpec } from '../catalog/routine.ts'

/** @throws BigQueryError where the body of a function is no expression that its arguments make */
export function checkRoutine(
  { datasets, tables, routines }: Catalog,
  { projectId, datasetId }: RoutineReference,
  spec: RoutineSpec,
): void {
  // no routine can be called so
  const name = 'the function'
  const find = (reference: RoutineReference) =>
    reference.routineId === name ? { spec } : routines.find(reference)
  const { parameters } = definitionOf(spec)
  const nulls = parameters.map(({ type }) => (type ? `CAST(NULL AS ${spelling(typeOf(type))})` : 'NULL'))
  const resolver = new TableResolver({
    found: new Set(),
    catalog: { datasets, tables, routines: { find } },
    project: projectId,
    dataset: datasetId,
    limits: new QueryLimits({}),
    filtered: new Set(),
    expandView: (view, inside) => rewriteQuery(view, inside, new Parameters([])),
  })
  rewriteQuery(`SELECT \`${name}\`(${nulls.join(', ')})`, resolver, new Parameters([]))
}
