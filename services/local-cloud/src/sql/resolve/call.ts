import { BigQueryError, notImplemented } from '../../bigquery/errors.ts'
import { FUNCTIONS_ELSEWHERE } from '../elsewhere.ts'
import { signaturesOf, SPECIAL, TEXT_ANALYSIS } from '../functions/index.ts'
import { match, type Argument } from '../functions/signature.ts'
import type { Call, Expression } from '../tree/tree.ts'
import { aggregateOf } from './aggregate.ts'
import { rangeKey, rangeOfKey } from '../typing/range-key.ts'
import { coerce, commonType, distance } from '../typing/coerce.ts'
import { ownCall } from './own-call.ts'
import { comparison } from './operators.ts'
import { textAnalysisOf } from './text-analysis.ts'
import type { Context, Scope } from './scope.ts'
import type { Typed } from '../typing/typed.ts'
import { BOOL, FLOAT64, INT64, spelling, STRING } from '../typing/sql-type.ts'

const PARTS = new Set(
  'MICROSECOND MILLISECOND SECOND MINUTE HOUR DAY DAYOFWEEK DAYOFYEAR WEEK ISOWEEK MONTH QUARTER YEAR ISOYEAR DATE TIME'.split(
    ' ',
  ),
)

/** @throws BigQueryError invalidQuery for a function that is not known here: better no answer than a wrong one */
export function callOf(context: Context, node: Call, scope: Scope): Typed {
  const found = aggregateOf(context, node, scope)
  if (found) {
    if (node.safe) return context.fail(`SAFE. is not supported for the function ${node.name}`, node.at)
    return found
  }
  const { name, at } = node
  if (FUNCTIONS_ELSEWHERE.has(name) && !context.parameters.script?.functions.has(name))
    throw notImplemented(`the function ${name}`)
  if (node.over || node.distinct || node.nulls || node.limit || node.orderBy.length > 0 || node.having)
    return context.fail(
      `The function ${name} takes none of OVER, DISTINCT, ORDER BY, LIMIT, HAVING and IGNORE NULLS`,
      at,
    )
  const own = context.parameters.script?.functions.get(name)
  if (own) return ownCall(context, node, own, scope)
  const special = TEXT_ANALYSIS.includes(name)
    ? textAnalysisOf(context, node, scope)
    : specialOf(context, node, scope)
  if (special) return node.safe ? { sql: `TRY(${special.sql})`, type: special.type } : special
  const candidates = signaturesOf(name)
  if (!candidates) {
    const made = context.routine(node.path)
    if (!made) throw functionNotFound(name)
    return ownCall(context, node, made, scope)
  }
  const args = inPlaces(context, node).map((arg, index) =>
    index === 1 && name.startsWith('NORMALIZE') ? formOf(context, arg) : argumentOf(context, arg, scope),
  )
  const made = match(candidates, args)
  if (!made)
    return context.fail(
      `No matching signature for function ${name} for argument types: ${args.map(shown).join(', ')}`,
      at,
    )
  if (!node.safe) return made
  if (name === 'PARSE_JSON')
    return { sql: `CAST(TRY(CAST(${made.sql} AS VARCHAR)) AS JSON)`, type: made.type }
  return { sql: `TRY(${made.sql})`, type: made.type }
}

function functionNotFound(name: string): BigQueryError {
  return new BigQueryError(
    'invalidQuery',
    `Function not found: ${name} (local-cloud knows those of its SUPPORT.md)`,
  )
}

const shown = (arg: Argument): string => ('word' in arg ? `DATE_PART ${arg.word}` : spelling(arg.type))

/** Arguments that may be named, in their places; those that are not given are 0. */
const NAMED: Readonly<Record<string, readonly string[]>> = {
  MAKE_INTERVAL: ['year', 'month', 'day', 'hour', 'minute', 'second'],
}

/** Options that are given by their names alone, with what they are where they are not given: they come first. */
const OPTIONS: Readonly<Record<string, Readonly<Record<string, 'TRUE' | 'FALSE'>>>> = {
  JSON_SET: { create_if_missing: 'TRUE' },
  JSON_ARRAY_APPEND: { append_each_element: 'TRUE' },
  JSON_ARRAY_INSERT: { insert_each_element: 'TRUE' },
  JSON_STRIP_NULLS: { include_arrays: 'TRUE', remove_empty: 'FALSE' },
}

function optionsFirst(
  context: Context,
  { name, args, at }: Call,
  options: Readonly<Record<string, 'TRUE' | 'FALSE'>>,
): readonly Expression[] {
  const given = new Map<string, Expression>()
  const plain = args.filter((arg) => {
    if (arg.kind !== 'named') return true
    if (!(arg.name in options) || given.has(arg.name))
      return context.fail(`Named argument ${arg.name} is not one of ${name}, or comes twice`, arg.at)
    given.set(arg.name, arg.of)
    return false
  })
  const values = Object.entries(options).map(
    ([option, text]): Expression => given.get(option) ?? { kind: 'literal', type: 'BOOL', text, at },
  )
  return [...values, ...plain]
}

/** Arguments that may be left out, by their names, with their places; `plain`: how many may have none. */
const LAST: Readonly<
  Record<string, { readonly plain: number; readonly places: Readonly<Record<string, number>> }>
> = {
  EDIT_DISTANCE: { plain: 2, places: { max_distance: 2 } },
  FLOAT64: { plain: 1, places: { wide_number_mode: 1 } },
  JSON_KEYS: { plain: 2, places: { max_depth: 1, mode: 2 } },
  PARSE_JSON: { plain: 1, places: { wide_number_mode: 1 } },
  TO_JSON: { plain: 1, places: { stringify_wide_numbers: 1 } },
}

function withLast(context: Context, { name, args, at }: Call): readonly Expression[] {
  const { plain, places } = LAST[name]!
  const made: (Expression | undefined)[] = []
  for (const [index, arg] of args.entries()) {
    const isNamed = arg.kind === 'named'
    if (!isNamed && args.slice(0, index).some(({ kind }) => kind === 'named'))
      return context.fail('Positional argument is not allowed after named arguments', arg.at)
    if (!isNamed && index >= plain)
      return context.fail(
        `No matching signature for function ${name}: it takes ${plain} arguments without a name`,
        at,
      )
    const place = isNamed ? places[arg.name] : index
    if (place === undefined || made[place] !== undefined)
      return context.fail(
        `Named argument ${(arg as { name: string }).name} is not one of ${name}, or comes twice`,
        arg.at,
      )
    made[place] = isNamed ? arg.of : arg
  }
  return Array.from(made, (arg): Expression => arg ?? { kind: 'literal', type: 'NULL', text: 'NULL', at })
}

function inPlaces(context: Context, call: Call): readonly Expression[] {
  const { name, args, at } = call
  if (name in LAST) return withLast(context, call)
  const options = OPTIONS[name]
  if (options) return optionsFirst(context, call, options)
  const names = NAMED[name]
  if (!names || args.length > names.length) return args
  const found = new Map<string, Expression>()
  for (const [index, arg] of args.entries()) {
    const isNamed = arg.kind === 'named'
    const key = isNamed ? arg.name : names[index]!
    if (!isNamed && args.slice(0, index).some(({ kind }) => kind === 'named'))
      return context.fail('Positional argument is not allowed after named arguments', arg.at)
    if (!names.includes(key) || found.has(key))
      return context.fail(`Named argument ${key} is not one of ${name}, or comes twice`, arg.at)
    found.set(key, isNamed ? arg.of : arg)
  }
  return names.map((key) => found.get(key) ?? { kind: 'literal', type: 'INT64', text: '0', at })
}

/** NFC, NFKC, NFD or NFKD: a word, and no column. */
function formOf(context: Context, node: Expression): Argument {
  const word = node.kind === 'path' && node.names.length === 1 ? node.names[0]!.toUpperCase() : ''
  if (!/^NFK?[CD]$/.test(word)) return context.fail('A normalization mode is NFC, NFKC, NFD or NFKD', node.at)
  return { word, value: undefined }
}

/** A value, or a part of a date: WEEK, WEEK(MONDAY). */
function argumentOf(context: Context, node: Expression, scope: Scope): Argument {
  if (node.kind === 'call' && node.name === 'WEEK' && node.args[0]?.kind === 'path')
    return { word: `WEEK(${node.args[0].names[0]!.toUpperCase()})`, value: undefined }
  const word = node.kind === 'path' && node.names.length === 1 ? node.names[0]!.toUpperCase() : ''
  if (!PARTS.has(word)) return context.expression(node, scope)
  return { word, value: valueOrNone(context, node, scope) }
}

/** A column may be called as a part of a date is. */
function valueOrNone(context: Context, node: Expression, scope: Scope): Typed | undefined {
  try {
    return context.expression(node, scope)
  } catch (error) {
    if (error instanceof BigQueryError && error.message.startsWith('Unrecognized name')) return undefined
    throw error
  }
}

function specialOf(context: Context, node: Call, scope: Scope): Typed | undefined {
  const { name, at } = node
  if (!SPECIAL.includes(name)) return undefined
  const args = node.args.map((arg) => context.expression(arg, scope))
  const refuse = (): never =>
    context.fail(
      `No matching signature for function ${name} for argument types: ${args.map(({ type }) => spelling(type)).join(', ')}`,
      at,
    )
  if (name === 'GROUPING') {
    if (args.length !== 1 || scope.noAggregates !== undefined) return refuse()
    return { sql: `CAST(grouping(${args[0]!.sql}) AS BIGINT)`, type: INT64 }
  }
  if (name === 'ERROR') {
    const [text] = args
    if (args.length !== 1 || distance(text!, STRING) === undefined) return refuse()
    return { sql: `fail_with(coalesce(${text!.sql}, 'NULL'))`, type: { kind: 'NULL' } }
  }
  if (name === 'IF') {
    const [when, then, otherwise] = args
    if (args.length !== 3 || distance(when!, BOOL) !== 0) return refuse()
    const type = commonType([then!, otherwise!])
    if (!type) return refuse()
    return {
      sql: `(CASE WHEN ${when!.sql} THEN ${coerce(then!, type).sql} ELSE ${coerce(otherwise!, type).sql} END)`,
      type,
    }
  }
  const type = args.length > 0 ? commonType(args) : undefined
  if (!type || (name === 'IFNULL' && args.length !== 2)) return refuse()
  const each = args.map((arg) => coerce(arg, type).sql)
  if (name === 'IFNULL' || name === 'COALESCE') return { sql: `coalesce(${each.join(', ')})`, type }
  if (name === 'NULLIF') {
    const equal = args.length === 2 ? comparison('=', args[0]!, args[1]!) : undefined
    return equal ? { sql: `(CASE WHEN ${equal.sql} THEN NULL ELSE ${each[0]} END)`, type } : refuse()
  }
  if (['JSON', 'ARRAY', 'STRUCT', 'GEOGRAPHY'].includes(type.kind)) return refuse()
  // NULL when any argument is, where DuckDB would leave it out
  const anyNull = each.map((sql) => `${sql} IS NULL`).join(' OR ')
  const nan =
    type.kind === FLOAT64.kind
      ? ` WHEN ${each.map((sql) => `isnan(${sql})`).join(' OR ')} THEN CAST('nan' AS DOUBLE)`
      : ''
  const isRange = type.kind === 'RANGE'
  const most = `${name.toLowerCase()}(${(isRange ? each.map(rangeKey) : each).join(', ')})`
  return { sql: `(CASE WHEN ${anyNull} THEN NULL${nan} ELSE ${isRange ? rangeOfKey(most) : most} END)`, type }
}
