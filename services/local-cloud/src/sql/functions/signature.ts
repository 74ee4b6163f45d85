import { freeName, isVolatile } from '../once.ts'
import { coerce, commonType, distance } from '../typing/coerce.ts'
import type { Typed } from '../typing/typed.ts'
import { sameType, scalar, structOf, type SqlType } from '../typing/sql-type.ts'

/** DuckDB's SQL, with $1, $2, … for the arguments; or what makes it of them, their types, and the parts of INTERVALs. */
export type Template =
  | string
  | ((args: readonly string[], types: readonly SqlType[], parts: readonly (string | undefined)[]) => string)

export interface Signature {
  readonly parameters: readonly string[]
  readonly result: string
  readonly template: Template
}

/** What is given for a parameter: a value, or a word such as a part of a date. */
export type Argument = Typed | { readonly word: string; readonly value: Typed | undefined }

export interface Match {
  readonly sql: string
  readonly type: SqlType
}

/**
 * `{'NAME(STRING, T, T...) ARRAY<T>': template}` by name. `T` is one type for all that say so, `T=` the same without coercion, `ANY` is
 * any, `PART` a part of a date, `TEXT` a text that is written there; the last parameter may come again and again (`...`).
 */
export function signatures(
  table: Readonly<Record<string, Template>>,
): ReadonlyMap<string, readonly Signature[]> {
  const byName = new Map<string, Signature[]>()
  for (const [key, template] of Object.entries(table)) {
    const [, name, list, result] = /^(\S+?)\((.*)\) (\S+)$/.exec(key)!
    const parameters = list === '' ? [] : list!.split(', ')
    byName.set(name!, [...(byName.get(name!) ?? []), { parameters, result: result!, template }])
  }
  return byName
}

const SAME = 'T='

type TypedSql = Pick<Typed, 'sql' | 'type' | 'part'>

/** The nearest signature; undefined where none fits. */
export function match(candidates: readonly Signature[], args: readonly Argument[]): Match | undefined {
  let best: { cost: number; made: () => Match } | undefined
  for (const signature of candidates) {
    const found = fit(signature, args)
    if (found && (!best || found.cost < best.cost)) best = found
  }
  return best?.made()
}

function fit({ parameters, result, template }: Signature, args: readonly Argument[]) {
  const isOpen = parameters.at(-1)?.endsWith('...') === true
  if (isOpen ? args.length < parameters.length - 1 : args.length !== parameters.length) return undefined
  const wanted = args.map((_, index) => (parameters[index] ?? parameters.at(-1)!).replace('...', ''))
  const variable = variableOf(wanted, args)
  if (variable === null) return undefined
  let cost = 0
  // made only for the signature that is taken: a text that is no time of another one is no error
  const steps = wanted.map((pattern, index): (() => TypedSql) | undefined => {
    const argument = args[index]!
    if (pattern === 'PART')
      return 'word' in argument ? () => ({ sql: argument.word, type: scalar('PART') }) : undefined
    const value = 'word' in argument ? argument.value : argument
    if (!value) return undefined
    if (pattern === 'TEXT') {
      const text = value.literal?.type === 'STRING' ? value.literal.text : undefined
      return text === undefined ? undefined : () => ({ sql: text, type: value.type })
    }
    if (pattern === 'ANY') return () => value
    if (pattern === SAME && value.type.kind !== 'NULL' && !sameType(value.type, variable!)) return undefined
    const type = typeOfPattern(pattern, variable)
    const far = type && distance(value, type)
    if (far === undefined) return undefined
    cost += far
    return () => coerce(value, type!)
  })
  if (!steps.every((step) => step !== undefined)) return undefined
  const made = (): Match => {
    const values = steps.map((step) => step())
    const types = values.map(({ type }) => type)
    const parts = values.map(({ part }) => part)
    const isValue = wanted.map((pattern) => pattern !== 'PART' && pattern !== 'TEXT')
    const sql = withOnce(
      values.map(({ sql: own }) => own),
      (index) => isValue[index]! && isNamedAgain(template, index),
      (sqls) => (typeof template === 'string' ? fill(template, sqls) : template(sqls, types, parts)),
    )
    return { sql, type: typeOfPattern(result, variable) ?? values[0]!.type }
  }
  return { cost, made }
}

/** Longer ones are not repeated. */
const REPEATED = 200

const asks = (sql: string): boolean => /\bSELECT\b/.test(sql)
const isNamedAgain = (template: Template, index: number): boolean =>
  typeof template !== 'string' || template.split(`$${index + 1}`).length > 2

/** What is made of arguments, of which those that are long or give another value each time are reckoned once. */
function withOnce(
  sqls: readonly string[],
  isAgain: (index: number) => boolean,
  of: (sqls: readonly string[]) => string,
): string {
  const again = sqls.filter(
    (sql, index) => isAgain(index) && (sql.length > REPEATED || isVolatile(sql) || asks(sql)),
  )
  if (again.length === 0) return of(sqls)
  // no table is asked inside of a lambda
  const bound = sqls.flatMap((sql, index) => (again.includes(sql) || asks(sql) ? [index] : []))
  const packed = structOf(bound.map((index) => ({ name: `a${index}`, sql: sqls[index]! })))
  // what is made may hold the others, too
  const name = freeName(sqls.join(' '))
  const made = of(
    sqls.map((sql, index) => (bound.includes(index) ? `struct_extract(${name}, 'a${index}')` : sql)),
  )
  // DuckDB's TRY knows no lambda's names
  if (made.includes('TRY(') && !again.some(isVolatile)) return of(sqls)
  return `list_extract(list_transform([${packed}], lambda ${name}: ${made}), 1)`
}

/** What `T` is: undefined where nothing says T, null where nothing fits. */
function variableOf(wanted: readonly string[], args: readonly Argument[]): SqlType | undefined | null {
  const values = wanted.flatMap((pattern, index): Typed[] => {
    const argument = args[index]!
    if (!/\bT\b/.test(pattern)) return []
    if ('word' in argument) return argument.value ? [argument.value] : []
    if (pattern === 'T' || pattern === SAME) return [argument]
    if (argument.type.kind === 'NULL' || argument.literal?.type === 'EMPTY') return []
    const { element } = argument.type
    return element
      ? [{ sql: '', type: element, ...(argument.literal && { literal: argument.literal }) }]
      : [{ sql: '', type: scalar('NONE') }]
  })
  if (!wanted.some((pattern) => /\bT\b/.test(pattern))) return undefined
  return commonType(values) ?? null
}

function typeOfPattern(pattern: string, variable: SqlType | undefined): SqlType | undefined {
  if (pattern === 'T' || pattern === SAME) return variable?.kind === 'NONE' ? undefined : variable
  const [, kind, element] = /^(ARRAY|RANGE)<(.*)>$/.exec(pattern) ?? []
  if (kind === undefined || element === undefined) return scalar(pattern)
  const inner = typeOfPattern(element, variable)
  return inner && { kind, element: inner }
}

function fill(template: string, args: readonly string[]): string {
  return template
    .replace('$*', () => args.join(', '))
    .replace(/\$(\d)/g, (_, place: string) => args[Number(place) - 1] ?? '')
}
