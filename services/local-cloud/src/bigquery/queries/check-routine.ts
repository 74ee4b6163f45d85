import { Parameters } from '../../sql/parameters.ts'
import { QueryLimits } from '../../sql/query-limits.ts'
import { rewriteQuery } from '../../sql/rewrite-query.ts'
import { TableResolver } from '../../sql/table-path.ts'
import { spelling, typeOf } from '../../sql/typing/sql-type.ts'
import { tokenize } from '../../sql/tokens.ts'
import { parseBlock } from '../../sql/tree/script.ts'
import { BigQueryError } from '../errors.ts'
import type { Catalog } from '../catalog/catalog.ts'
import { definitionOf, procedureOf } from '../catalog/routine-definition.ts'
import type { RoutineReference, RoutineSpec } from '../catalog/routine.ts'

/** @throws BigQueryError where the body of a function is nothing that its arguments make, or that of a procedure no script */
export function checkRoutine(
  { datasets, tables, routines }: Catalog,
  { projectId, datasetId }: RoutineReference,
  spec: RoutineSpec,
): void {
  // no routine can be called so
  const name = 'the function'
  const find = (reference: RoutineReference) =>
    reference.routineId === name ? { spec } : routines.find(reference)
  if (spec.routineType === 'PROCEDURE') return checkProcedure(spec)
  const { parameters } = definitionOf(spec)
  const nulls = parameters.map(({ type }) => (type ? `CAST(NULL AS ${spelling(typeOf(type))})` : 'NULL'))
  const resolver = new TableResolver({
    found: new Set(),
    catalog: { datasets, tables, routines: { find, of: (...dataset) => routines.of(...dataset) } },
    project: projectId,
    dataset: datasetId,
    limits: new QueryLimits({}),
    filtered: new Set(),
    expandView: (view, inside, named) => rewriteQuery(view, inside, new Parameters([], named)),
  })
  const call = `\`${name}\`(${nulls.join(', ')})`
  const isTable = spec.routineType === 'TABLE_VALUED_FUNCTION'
  rewriteQuery(isTable ? `SELECT * FROM ${call}` : `SELECT ${call}`, resolver, new Parameters([]))
}

/** What its statements name is looked at when it is called, as with `strict_mode = FALSE`. */
function checkProcedure(spec: RoutineSpec): void {
  const { arguments: args, body } = procedureOf(spec)
  const names = args.map(({ name }) => name.toLowerCase())
  const twice = names.find((name, index) => names.indexOf(name) !== index)
  if (twice !== undefined) throw new BigQueryError('invalidQuery', `Duplicate argument name: ${twice}`)
  for (const { type } of args) if (type) typeOf(type)
  const parameter = tokenize(body).find(({ kind, text }) => kind === 'parameter' && !text.startsWith('@@'))
  if (parameter)
    throw new BigQueryError(
      'invalidQuery',
      `Query parameters cannot be used in a procedure: ${parameter.text}`,
    )
  parseBlock(body)
}
