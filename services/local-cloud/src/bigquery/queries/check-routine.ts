import { Parameters } from '../../sql/parameters.ts'
import { QueryLimits } from '../../sql/query-limits.ts'
import { rewriteQuery } from '../../sql/rewrite-query.ts'
import { TableResolver } from '../../sql/table-path.ts'
import { spelling, typeOf } from '../../sql/typing/sql-type.ts'
import { tokenize } from '../../sql/tokens.ts'
import { parseBlock } from '../../sql/tree/script.ts'
import { BigQueryError } from '../errors.ts'
import { checkScript, nullOf } from '../scripts/script-checker.ts'
import { checkedBy } from './checked-by.ts'
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
  const resolver = new TableResolver({
    found: new Set(),
    catalog: { datasets, tables, routines: { find, of: (...dataset) => routines.of(...dataset) } },
    project: projectId,
    dataset: datasetId,
    limits: new QueryLimits({}),
    filtered: new Set(),
    expandView: (view, inside, named) => rewriteQuery(view, inside, new Parameters([], named)),
  })
  if (spec.routineType === 'PROCEDURE') return checkProcedure(spec, resolver, projectId)
  const { parameters } = definitionOf(spec)
  const nulls = parameters.map(({ type }) => (type ? `CAST(NULL AS ${spelling(typeOf(type))})` : 'NULL'))
  const call = `\`${name}\`(${nulls.join(', ')})`
  const isTable = spec.routineType === 'TABLE_VALUED_FUNCTION'
  rewriteQuery(isTable ? `SELECT * FROM ${call}` : `SELECT ${call}`, resolver, new Parameters([]))
}

/** What its statements name is looked at, too, but for `strict_mode = FALSE`. */
function checkProcedure(spec: RoutineSpec, resolver: TableResolver, projectId: string): void {
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
  const block = parseBlock(body)
  // of ANY TYPE the caller says which
  if (spec.strictMode === false || args.some(({ type }) => type === undefined)) return
  const variables = new Map(args.map(({ name, type }) => [name.toLowerCase(), nullOf(typeOf(type!))]))
  checkScript(block, checkedBy(resolver, projectId), { variables, functions: new Map() })
}
