import { quoteText } from '../../bigquery/values/fields.ts'
import { fail } from '../fail.ts'
import type { Call, Expression } from '../tree/tree.ts'
import { coerce, distance } from '../typing/coerce.ts'
import { arrayOf, BOOL, INT64, spelling, STRING, type SqlType } from '../typing/sql-type.ts'
import type { Typed } from '../typing/typed.ts'
import { NOTHING, type Context, type Scope } from './scope.ts'

/** Arguments that have names, with what they are where they are not given. */
const NAMED: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  SEARCH: { json_scope: 'JSON_VALUES', analyzer: 'LOG_ANALYZER', analyzer_options: '' },
  TEXT_ANALYZE: { analyzer: 'LOG_ANALYZER', analyzer_options: '' },
  BAG_OF_WORDS: {},
}
const COUNT: Readonly<Record<string, number>> = { SEARCH: 2, TEXT_ANALYZE: 1, BAG_OF_WORDS: 1 }
const SCOPES = ['JSON_VALUES', 'JSON_KEYS', 'JSON_KEYS_AND_VALUES']

/** A call of SEARCH, TEXT_ANALYZE or BAG_OF_WORDS. */
export function textAnalysisOf(context: Context, node: Call, scope: Scope): Typed {
  const { name, at } = node
  const named = namedOf(context, node)
  const [first, query] = node.args.filter(({ kind }) => kind !== 'named')
  const value = context.expression(first!, scope)
  if (name === 'SEARCH') {
    const { texts, jsons } = searchedIn(value, 0)
    const lists = [texts, jsons].map((parts) => joined(parts))
    const wanted = constant(context, query!, 'search_query')
    const isNull = fail(`'SEARCH: search_query is NULL'`, 'VARCHAR')
    const rest = [
      named['json_scope']!,
      `coalesce(${wanted}, ${isNull})`,
      named['analyzer']!,
      named['analyzer_options']!,
    ]
    return { sql: `is_found_in(${[...lists, ...rest].join(', ')})`, type: BOOL }
  }
  const wanted = name === 'TEXT_ANALYZE' ? STRING : arrayOf(STRING)
  if (distance(value, wanted) === undefined)
    return context.fail(
      `No matching signature for function ${name} for argument types: ${spelling(value.type)}`,
      at,
    )
  const { sql } = coerce(value, wanted)
  if (name === 'BAG_OF_WORDS') return { sql: `words_counted(${sql})`, type: arrayOf(WORD) }
  return {
    sql: `tokens_of_text(${sql}, ${named['analyzer']}, ${named['analyzer_options']})`,
    type: arrayOf(STRING),
  }
}

const WORD: SqlType = {
  kind: 'STRUCT',
  fields: [
    { name: 'term', type: STRING },
    { name: 'count', type: INT64 },
  ],
}

/** SQL of the arguments that have names. @throws BigQueryError for others, and where others than those are too few or too many */
function namedOf(context: Context, { name, args, at }: Call): Readonly<Record<string, string>> {
  const known = NAMED[name]!
  const given: Record<string, string> = {}
  for (const arg of args) {
    if (arg.kind !== 'named') {
      if (Object.keys(given).length > 0)
        return context.fail('Positional argument is not allowed after named arguments', arg.at)
      continue
    }
    if (!(arg.name in known) || arg.name in given)
      return context.fail(`Named argument ${arg.name} is not one of ${name}, or comes twice`, arg.at)
    given[arg.name] = constant(context, arg.of, arg.name)
  }
  if (args.length - Object.keys(given).length !== COUNT[name])
    return context.fail(
      `No matching signature for function ${name}: it takes ${COUNT[name]} arguments without a name`,
      at,
    )
  const scope = given['json_scope']
  if (scope !== undefined && !SCOPES.some((each) => scope === quoteText(each)))
    return context.fail(`json_scope of SEARCH is one of ${SCOPES.join(', ')}, and not ${scope}`, at)
  return {
    ...Object.fromEntries(Object.entries(known).map(([key, text]) => [key, quoteText(text)])),
    ...given,
  }
}

/** A text that is the same for all rows. */
function constant(context: Context, node: Expression, what: string): string {
  const value = context.expression(node, { ...NOTHING, noAggregates: `the argument ${what}` })
  if (distance(value, STRING) !== 0)
    return context.fail(`${what} must be a STRING, and not ${spelling(value.type)}`, node.at)
  return coerce(value, STRING).sql
}

/** SQL of lists of texts, and of lists of JSON, that a value holds; other types are not searched. */
function searchedIn(
  { sql, type }: Typed,
  depth: number,
): { readonly texts: string[]; readonly jsons: string[] } {
  if (type.kind === 'STRING') return { texts: [`[${sql}]`], jsons: [] }
  if (type.kind === 'NULL') return { texts: [`[CAST(NULL AS VARCHAR)]`], jsons: [] }
  if (type.kind === 'JSON') return { texts: [], jsons: [`[CAST(${sql} AS VARCHAR)]`] }
  if (type.kind === 'STRUCT') {
    const fields = type.fields!.map(({ name, type: of }) =>
      searchedIn({ sql: `struct_extract(${sql}, ${quoteText(name)})`, type: of }, depth),
    )
    return { texts: fields.flatMap(({ texts }) => texts), jsons: fields.flatMap(({ jsons }) => jsons) }
  }
  if (type.kind !== 'ARRAY') return { texts: [], jsons: [] }
  if (type.element!.kind === 'STRING') return { texts: [`coalesce(${sql}, [NULL])`], jsons: [] }
  if (type.element!.kind !== 'STRUCT') return { texts: [], jsons: [] }
  const item = `item_${depth}`
  const inside = searchedIn({ sql: item, type: type.element! }, depth + 1)
  const each = (parts: string[]): string[] =>
    parts.length === 0
      ? []
      : [`flatten(coalesce(list_transform(${sql}, lambda ${item}: ${joined(parts)}), [[NULL]]))`]
  return { texts: each(inside.texts), jsons: each(inside.jsons) }
}

const joined = (parts: readonly string[]): string =>
  parts.reduce((all, part) => `list_concat(${all}, ${part})`, 'CAST([] AS VARCHAR[])')
