import { BigQueryError, notImplemented } from '../bigquery/errors.ts'
import { BIG_NUMERIC, bigNumericOf, bigNumericOrNull, castOfAny } from '../bigquery/big-numeric.ts'
import { quote, quoteText } from '../bigquery/fields.ts'
import { readTablePath, type TableResolver } from './table-path.ts'
import { functionNotFound, rewriteCall } from './functions.ts'
import { parseJsonCall, safeParseJsonCall } from './json-too-deep.ts'
import {
  BARE_CALLS,
  END_OF_FROM,
  endsDistinctFrom,
  isKeyword,
  isReserved,
  NO_CALL,
  refuseClause,
  replacesColumns,
  unexpected,
} from './keywords.ts'
import { nameOf, readAlias } from './names.ts'
import type { Parameters } from './parameters.ts'
import { resolveQualify } from './qualify.ts'
import { nameColumns } from './select-list.ts'
import {
  groupTokens,
  isGroup,
  isSymbol,
  isWord,
  splitByComma,
  tokenize,
  type Group,
  type Node,
} from './tokens.ts'
import { isBig, rewriteType, scalarType } from './types.ts'

/** What kind of statement a query is; only these are run. */
export type StatementType = 'SELECT' | 'INSERT' | 'UPDATE' | 'DELETE'

export interface RewrittenQuery {
  readonly sql: string
  readonly statementType: StatementType
}

/**
 * GoogleSQL as DuckDB's SQL. It works on tokens and brackets and knows no full grammar: what it recognises it rewrites,
 * plain SQL passes, and functions, types and clauses that it does not know are refused by name.
 *
 * @param hasBigNumerics whether there may be some in it: casts are longer then
 * @throws BigQueryError invalidQuery, notFound for a table, notImplemented
 */
export function rewriteQuery(
  sql: string,
  tables: TableResolver,
  parameters: Parameters,
  hasBigNumerics: boolean,
): RewrittenQuery {
  const tokens = tokenize(sql)
  while (isSymbol(tokens.at(-1), ';')) tokens.pop()
  if (tokens.some((token) => isSymbol(token, ';'))) throw notImplemented('scripts of several statements')
  const nodes = groupTokens(tokens)
  const statementType = statementOf(nodes)
  const named = statementType === 'SELECT' ? nameColumns(nodes) : nodes
  const rewriter = new Rewriter(tables, parameters, hasBigNumerics)
  return { sql: rewriter.statement(named, statementType), statementType }
}

function statementOf(nodes: readonly Node[]): StatementType {
  const first = nodes[0]
  if (!first) throw new BigQueryError('invalidQuery', 'Syntax error: Unexpected end of statement')
  if (isWord(first, 'SELECT', 'WITH') || isGroup(first, '(')) return 'SELECT'
  if (isWord(first, 'INSERT', 'UPDATE', 'DELETE')) return (first as { upper: StatementType }).upper
  throw notImplemented(`the statement ${first.kind === 'word' ? first.upper : '(…)'}`)
}

const LITERAL_TYPES = new Set(['DATE', 'TIMESTAMP', 'DATETIME', 'TIME', 'NUMERIC'])
/** The word that a changing statement has once, outside of brackets, and that is a name elsewhere. */
const CLAUSE: Readonly<Record<StatementType, string | undefined>> = {
  SELECT: undefined,
  INSERT: 'VALUES',
  UPDATE: 'SET',
  DELETE: undefined,
}

class Rewriter {
  readonly #tables: TableResolver
  readonly #parameters: Parameters
  readonly #hasBigNumerics: boolean
  /** Names that the WITH clauses around this place give, in lower case: they are no tables of a dataset. */
  #commonTables: ReadonlySet<string> = new Set()

  constructor(tables: TableResolver, parameters: Parameters, hasBigNumerics: boolean) {
    this.#tables = tables
    this.#parameters = parameters
    this.#hasBigNumerics = hasBigNumerics
  }

  statement(nodes: readonly Node[], type: StatementType): string {
    if (type === 'SELECT') return this.nodes(nodes)
    // INTO of INSERT and FROM of DELETE may be left out
    const [verb, link, ...rest] = nodes
    const word = { INSERT: 'INTO', DELETE: 'FROM', UPDATE: '' }[type]
    const target =
      word !== '' && isWord(link, word) ? rest : [link, ...rest].filter((node) => node !== undefined)
    const table = this.#table([verb!, ...target], 1)
    const tail = this.nodes([verb!, ...target].slice(table.next), {
      inFrom: type === 'DELETE',
      clause: CLAUSE[type],
    })
    return `${type} ${word} ${table.sql} ${tail}`
  }

  /** @param start `wantsTable` for what begins with a table: the inside of `FROM (a JOIN b)` */
  nodes(
    written: readonly Node[],
    start: { wantsTable?: boolean; inFrom?: boolean; clause?: string | undefined } = {},
  ): string {
    const nodes = resolveQualify(written)
    const outside = this.#commonTables
    const out: string[] = []
    let at = 0
    let { wantsTable = false, clause } = start
    let inFrom = wantsTable || start.inFrom === true
    let joined = false
    while (at < nodes.length) {
      const node = nodes[at]!
      if (isWord(node, ...END_OF_FROM)) inFrom = wantsTable = joined = false
      if (clause !== undefined && isWord(node, clause)) {
        out.push(clause)
        at++
        inFrom = wantsTable = false
        clause = undefined
        continue
      }
      if (wantsTable) {
        const table = this.#table(nodes, at)
        out.push(table.sql)
        at = table.next
        wantsTable = false
        continue
      }
      if (isWord(node, 'JOIN')) joined = true
      if (isWord(node, 'USING') && !(joined && isGroup(nodes[at + 1], '('))) throw unexpected('USING')
      if (isWord(node, 'JOIN') || (isWord(node, 'FROM') && !endsDistinctFrom(nodes, at)))
        inFrom = wantsTable = true
      else if (inFrom && isSymbol(node, ',')) wantsTable = true
      const step = isWord(node, 'WITH') ? this.#with(nodes, at) : this.#step(nodes, at)
      out.push(step.sql)
      at = step.next
    }
    if (wantsTable) throw new BigQueryError('invalidQuery', 'Syntax error: a table name was expected')
    this.#commonTables = outside
    return out.join(' ')
  }

  /** `WITH a AS (…), b AS (…)`: each name counts from its end on, with RECURSIVE everywhere. */
  #with(nodes: readonly Node[], start: number): Step {
    let at = start + 1
    const recursive = isWord(nodes[at], 'RECURSIVE')
    if (recursive) at++
    const out: string[] = []
    for (;;) {
      const name = nodes[at]
      const query = nodes[at + 2]
      if (
        (name?.kind !== 'word' && name?.kind !== 'quoted') ||
        !isWord(nodes[at + 1], 'AS') ||
        !isGroup(query, '(')
      )
        throw new BigQueryError('invalidQuery', 'Syntax error: WITH needs a name, AS and a query in brackets')
      const known = new Set(this.#commonTables).add(name.text.toLowerCase())
      if (recursive) this.#commonTables = known
      out.push(`${quote(name.text)} AS (${this.nodes(query.nodes)})`)
      this.#commonTables = known
      at += 3
      if (!isSymbol(nodes[at], ',')) break
      at++
    }
    return { sql: `WITH ${recursive ? 'RECURSIVE ' : ''}${out.join(', ')}`, next: at }
  }

  /** What stands after FROM, JOIN or a comma of the FROM clause. */
  #table(nodes: readonly Node[], at: number): Step {
    const node = nodes[at]
    if (isGroup(node, '('))
      return { sql: `(${this.nodes(node.nodes, { wantsTable: !isQuery(node) })})`, next: at + 1 }
    if (isWord(node, 'UNNEST')) return this.#unnest(nodes, at)
    const { parts, next } = readTablePath(nodes, at)
    if (isGroup(nodes[next], '(') && !isWord(nodes[at - 1], 'INSERT'))
      throw notImplemented(`the table function ${parts.join('.')}`)
    if (parts.length === 1 && this.#commonTables.has(parts[0]!.toLowerCase()))
      return { sql: quote(parts[0]!), next }
    const { sql, isQuery: needsAlias } = this.#tables.resolve(parts)
    const needsName = needsAlias && readAlias(nodes, next).name === undefined
    return { sql: needsName ? `${sql} AS ${quote(parts.at(-1)!)}` : sql, next }
  }

  /** `UNNEST(array) AS item WITH OFFSET AS place` as a lateral query that gives the columns item and place. */
  #unnest(nodes: readonly Node[], at: number): Step {
    const args = nodes[at + 1]
    if (!isGroup(args, '('))
      throw new BigQueryError('invalidQuery', 'Syntax error: UNNEST needs an array in brackets')
    const array = this.nodes(args.nodes)
    const alias = readAlias(nodes, at + 2)
    if (alias.name === undefined) throw notImplemented('UNNEST without an alias in FROM')
    let { next } = alias
    let offset = ''
    if (isWord(nodes[next], 'WITH') && isWord(nodes[next + 1], 'OFFSET')) {
      const place = readAlias(nodes, next + 2)
      offset = `, generate_subscripts(${array}, 1) - 1 AS ${quote(place.name ?? 'offset')}`
      next = place.next
    }
    // BigQuery joins an array to its row without a condition
    const joined =
      isWord(nodes[at - 1], 'JOIN') && !isWord(nodes[at - 2], 'CROSS') && !isWord(nodes[next], 'ON', 'USING')
    const condition = joined ? ' ON TRUE' : ''
    return { sql: `(SELECT UNNEST(${array}) AS ${quote(alias.name)}${offset})${condition}`, next }
  }

  #step(nodes: readonly Node[], at: number): Step {
    const node = nodes[at]!
    const next = nodes[at + 1]
    switch (node.kind) {
      case 'group':
        return { sql: this.#group(node, nodes[at - 1]), next: at + 1 }
      case 'text':
        return { sql: quoteText(node.text), next: at + 1 }
      case 'quoted':
        return this.#callOf(nodes, at) ?? { sql: node.text.split('.').map(quote).join('.'), next: at + 1 }
      case 'parameter':
        return { sql: this.#parameters.sqlOf(node.text), next: at + 1 }
      case 'symbol':
        // the alias of DuckDB's `name : table`; GoogleSQL has no colon
        if (node.text === ':') throw unexpected(':')
        if (node.text === '*' && isWord(next, 'EXCEPT') && isGroup(nodes[at + 2], '('))
          return { sql: '* EXCLUDE', next: at + 2 }
        return { sql: node.text, next: at + 1 }
      case 'number':
        return { sql: node.text, next: at + 1 }
      default:
        return this.#word(nodes, at, node.upper, node.text)
    }
  }

  #word(nodes: readonly Node[], at: number, upper: string, text: string): Step {
    const before = nodes[at - 1]
    const next = nodes[at + 1]
    refuseClause(nodes, at)
    if (isWord(before, 'AS')) {
      if (isReserved(upper)) throw unexpected(text)
      return { sql: quote(text), next: at + 1 }
    }
    // a name after a dot is a field, whatever it is called
    if (isSymbol(before, '.') && !isGroup(next, '(')) return { sql: quote(text), next: at + 1 }
    if (upper === 'INTERVAL') return this.#interval(nodes, at)
    if (upper === 'IN' && isWord(next, 'UNNEST') && isGroup(nodes[at + 2], '(')) {
      return { sql: `IN (SELECT UNNEST(${this.nodes((nodes[at + 2] as Group).nodes)}))`, next: at + 3 }
    }
    if (['UNION', 'INTERSECT', 'EXCEPT'].includes(upper) && isWord(next, 'DISTINCT'))
      return { sql: upper, next: at + 2 }
    if (upper === 'SELECT' && isWord(next, 'AS')) throw notImplemented('SELECT AS STRUCT and SELECT AS VALUE')
    if (upper === 'JSON' && next?.kind === 'text')
      return { sql: parseJsonCall(quoteText(next.text)), next: at + 2 }
    if (LITERAL_TYPES.has(upper) && next?.kind === 'text') {
      return { sql: `CAST(${quoteText(next.text)} AS ${scalarType(upper)})`, next: at + 2 }
    }
    if (isBig(upper) && next?.kind === 'text')
      return { sql: bigNumericOf(quoteText(next.text)), next: at + 2 }
    if (upper === 'ARRAY' && isGroup(next, '[')) return { sql: `[${this.nodes(next.nodes)}]`, next: at + 2 }
    if ((upper === 'ARRAY' || upper === 'STRUCT') && isSymbol(next, '<'))
      throw notImplemented(`typed constructors (${upper}<…>)`)
    if (upper === 'SAFE' && isSymbol(next, '.')) return this.#safe(nodes, at)
    const call = replacesColumns(nodes, at) ? undefined : this.#callOf(nodes, at)
    if (call) return call
    if (BARE_CALLS.has(upper)) return { sql: rewriteCall(upper, []), next: at + 1 }
    return { sql: isKeyword(nodes, at, upper) ? text : quote(text), next: at + 1 }
  }

  /** `name(…)`, in backticks or not. @throws BigQueryError for a function of several names: there is none here */
  #callOf(nodes: readonly Node[], at: number): Step | undefined {
    const names: string[] = []
    let last = at
    for (;;) {
      const node = nodes[last]
      if (node?.kind !== 'word' && node?.kind !== 'quoted') return undefined
      names.push(...(node.kind === 'quoted' ? node.text.split('.') : [node.text]))
      if (!isSymbol(nodes[last + 1], '.')) break
      last += 2
    }
    const args = nodes[last + 1]
    if (!isGroup(args, '(')) return undefined
    const name = names.join('.').toUpperCase()
    if (names.length > 1 || isSymbol(nodes[at - 1], '.')) throw functionNotFound(name)
    if (nodes[at]!.kind === 'word' && NO_CALL.has(name)) return undefined
    return { sql: this.#call(name, args), next: last + 2 }
  }

  /** `SAFE.f(x)`: NULL where `f(x)` would be an error. */
  #safe(nodes: readonly Node[], at: number): Step {
    const name = nodes[at + 2]
    const args = nodes[at + 3]
    if (name?.kind !== 'word' || !isGroup(args, '('))
      throw new BigQueryError('invalidQuery', 'Syntax error: SAFE. stands before a function')
    // DuckDB may compute what two calls share outside of TRY: malformed JSON is made NULL where it comes in
    if (name.upper.startsWith('JSON_')) {
      const [json = '', ...rest] = splitByComma(args.nodes).map((arg) => this.nodes(arg))
      return { sql: rewriteCall(name.upper, [`TRY_CAST(${json} AS JSON)`, ...rest]), next: at + 4 }
    }
    if (name.upper === 'PARSE_JSON') return { sql: safeParseJsonCall(this.nodes(args.nodes)), next: at + 4 }
    return { sql: `TRY(${this.#call(name.upper, args)})`, next: at + 4 }
  }

  #group(group: Group, before: Node | undefined): string {
    if (group.open === '(') return `(${this.nodes(group.nodes)})`
    const indexes = before?.kind === 'group' || nameOf(before) !== undefined
    return indexes ? `[${this.#index(group.nodes)}]` : `[${this.nodes(group.nodes)}]`
  }

  /** BigQuery's array positions begin at 0 (OFFSET) or 1 (ORDINAL), DuckDB's at 1. */
  #index(nodes: readonly Node[]): string {
    const [how, place] = nodes
    if (isWord(how, 'OFFSET', 'SAFE_OFFSET') && isGroup(place, '(')) return `(${this.nodes(place.nodes)}) + 1`
    if (isWord(how, 'ORDINAL', 'SAFE_ORDINAL') && isGroup(place, '(')) return this.nodes(place.nodes)
    if (nodes.length === 1 && how?.kind === 'text') return quoteText(how.text)
    throw notImplemented('array positions other than [OFFSET(n)] and [ORDINAL(n)]')
  }

  #interval(nodes: readonly Node[], at: number): Step {
    const amount = nodes[at + 1]
    const negative = isSymbol(amount, '-')
    const value = negative ? nodes[at + 2] : amount
    const part = nodes[at + (negative ? 3 : 2)]
    if (value === undefined || part?.kind !== 'word') throw notImplemented('this form of INTERVAL')
    const sql = this.nodes(value.kind === 'group' ? value.nodes : [value])
    return { sql: `(INTERVAL (${negative ? '-' : ''}${sql}) ${part.upper})`, next: at + (negative ? 4 : 3) }
  }

  #call(name: string, group: Group): string {
    const { nodes } = group
    if (name === 'CAST' || name === 'SAFE_CAST') return this.#cast(name, nodes)
    if (name === 'EXTRACT') return this.#extract(nodes)
    if (name === 'STRUCT') return this.#struct(nodes)
    if (name === 'ARRAY') return `ARRAY(${this.nodes(nodes)})`
    if (name === 'UNNEST') throw notImplemented('UNNEST outside of FROM and IN')
    if (name === 'COUNT' && nodes.length === 1 && isSymbol(nodes[0], '*')) return 'count(*)'
    if (nodes.some((node) => isWord(node, 'LIMIT'))) throw notImplemented(`LIMIT inside ${name}`)
    if (nodes.some((node) => isWord(node, 'IGNORE', 'RESPECT'))) return this.#nulls(name, nodes)
    const args = splitByComma(nodes).map((arg) => this.nodes(arg))
    return rewriteCall(name, args)
  }

  /** `ARRAY_AGG(x IGNORE NULLS)`: DuckDB says it with a filter. */
  #nulls(name: string, nodes: readonly Node[]): string {
    const at = nodes.findIndex((node) => isWord(node, 'IGNORE', 'RESPECT'))
    const value = nodes.slice(0, at)
    const call = rewriteCall(name, [this.nodes([...value, ...nodes.slice(at + 2)])])
    return isWord(nodes[at], 'IGNORE') ? `${call} FILTER (WHERE ${this.nodes(value)} IS NOT NULL)` : call
  }

  #cast(name: string, nodes: readonly Node[]): string {
    const as = nodes.findLastIndex((node) => isWord(node, 'AS'))
    if (as === -1) throw new BigQueryError('invalidQuery', `Syntax error: ${name} needs AS and a type`)
    if (nodes.some((node) => isWord(node, 'FORMAT'))) throw notImplemented('CAST with FORMAT')
    const value = this.nodes(nodes.slice(0, as))
    const type = rewriteType(nodes.slice(as + 1))
    if (type === BIG_NUMERIC)
      return (name === 'CAST' ? bigNumericOf : bigNumericOrNull)(castOfAny('CAST', value, 'VARCHAR'))
    if (type.includes(BIG_NUMERIC)) throw notImplemented('CAST to a type with BIGNUMERIC inside')
    const cast = name === 'CAST' ? 'CAST' : 'TRY_CAST'
    return this.#hasBigNumerics ? castOfAny(cast, value, type) : `${cast}(${value} AS ${type})`
  }

  #extract(nodes: readonly Node[]): string {
    const [part, from, ...rest] = nodes
    if (part?.kind !== 'word' || !isWord(from, 'FROM')) throw notImplemented('this form of EXTRACT')
    const value = this.nodes(rest)
    if (part.upper === 'DAYOFWEEK') return `(dayofweek(${value}) + 1)`
    if (part.upper === 'DATE') return `CAST(${value} AS DATE)`
    if (part.upper === 'WEEK') throw notImplemented('EXTRACT(WEEK …), which begins on Sunday; ISOWEEK works')
    return `extract(${part.upper === 'ISOWEEK' ? 'week' : part.upper.toLowerCase()} FROM ${value})`
  }

  #struct(nodes: readonly Node[]): string {
    const fields = splitByComma(nodes).map((field, index) => {
      const named = isWord(field.at(-2), 'AS')
      const name = (named || field.length === 1 ? nameOf(field.at(-1)) : undefined) ?? `_field_${index + 1}`
      return `${quoteText(name)}: ${this.nodes(named ? field.slice(0, -2) : field)}`
    })
    return `{${fields.join(', ')}}`
  }
}

interface Step {
  readonly sql: string
  readonly next: number
}

/** Whether what is in the brackets is a query, and no join of tables. */
function isQuery({ nodes: [first] }: Group): boolean {
  return isGroup(first, '(') ? isQuery(first) : isWord(first, 'SELECT', 'WITH', 'FROM')
}
