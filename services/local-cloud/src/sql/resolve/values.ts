import { notImplemented } from '../../bigquery/errors.ts'
import { quoteText } from '../../bigquery/values/fields.ts'
import { fail } from '../fail.ts'
import type { Expression } from '../tree/tree.ts'
import { clockIn } from '../time/in-zone.ts'
import { castTo } from '../typing/casts.ts'
import { coerce, commonType, distance } from '../typing/coerce.ts'
import { arrayOfRows } from './array-of-rows.ts'
import { formattedCast } from './formatted-cast.ts'
import type { Context, Scope } from './scope.ts'
import type { Typed } from '../typing/typed.ts'
import {
  anonymous,
  arrayOf,
  BOOL,
  duckDb,
  INT64,
  spelling,
  STRING,
  structOf,
  typeOf,
  type SqlType,
} from '../typing/sql-type.ts'

type Node<K extends Expression['kind']> = Expression & { kind: K }

export function castOf(context: Context, node: Node<'cast'>, scope: Scope): Typed {
  const type = typeOf(node.type)
  if (node.format) return formattedCast(context, node, type, scope)
  const value = context.expression(node.of, scope)
  return (
    castTo(value, type, node.safe) ??
    context.fail(`Invalid cast from ${spelling(value.type)} to ${spelling(type)}`, node.at)
  )
}

export function arrayLiteral(context: Context, node: Node<'array'>, scope: Scope): Typed {
  const items = node.items.map((item) => context.expression(item, scope))
  const element = node.element ? typeOf(node.element) : commonType(items)
  const wrong = element && items.find((item) => distance(item, element) === undefined)
  if (!element || wrong)
    return context.fail(
      `Array elements of types {${items.map(({ type }) => spelling(type)).join(', ')}} do not have a common supertype`,
      node.at,
    )
  if (element.kind === 'ARRAY') return context.fail('Cannot construct array with element type ARRAY', node.at)
  const type = arrayOf(element)
  const list = `[${items.map((item) => coerce(item, element).sql).join(', ')}]`
  if (items.length > 0) {
    const isLiteral = !node.element && items.every(({ literal }) => literal)
    return {
      sql: list,
      type,
      ...(!node.element && { parts: items }),
      ...(isLiteral && {
        literal: { type: items.find((item) => item.type.kind !== 'NULL')?.literal?.type ?? 'NULL' },
      }),
    }
  }
  const sql = `CAST([] AS ${duckDb(type)})`
  return node.element
    ? { sql, type }
    : { sql, type: { ...type, isUntyped: true }, literal: { type: 'EMPTY' } }
}

export function structLiteral(context: Context, node: Node<'struct'>, scope: Scope): Typed {
  const values = node.fields.map(({ name, of }, index) => {
    const value = context.expression(of, scope)
    const inferred = of.kind === 'path' ? of.names.at(-1) : of.kind === 'field' ? of.name : undefined
    return { ...value, name: name ?? (node.type || node.isTuple ? undefined : inferred) ?? anonymous(index) }
  })
  if (values.length === 0) throw notImplemented('a STRUCT without fields')
  if (node.type && node.fields.some(({ name }) => name !== undefined))
    return context.fail(
      'STRUCT constructors cannot specify both an explicit type and field names with AS',
      node.at,
    )
  const type: SqlType = node.type
    ? typeOf(node.type)
    : {
        kind: 'STRUCT',
        fields: values.map(({ name, type: of }) => ({ name, type: of })),
      }
  if (type.fields!.length !== values.length)
    return context.fail(
      `STRUCT type has ${type.fields!.length} fields but constructor call has ${values.length} fields`,
      node.at,
    )
  const fields = values.map((value, index) => {
    const wanted = type.fields![index]!
    if (distance(value, wanted.type) === undefined)
      return context.fail(
        `Struct field ${index + 1} has type ${spelling(value.type)} which does not coerce to ${spelling(wanted.type)}`,
        node.at,
      )
    return { name: wanted.name, sql: coerce(value, wanted.type).sql }
  })
  return { sql: structOf(fields), type, ...(!node.type && { parts: values }) }
}

/** `array[OFFSET(n)]`, `json['key']`, `json[n]`. */
export function indexOf(context: Context, node: Node<'index'>, scope: Scope): Typed {
  const of = context.expression(node.of, scope)
  const place = context.expression(node.place, scope)
  if (of.type.kind === 'JSON' && node.how === 'PLAIN') {
    if (place.literal?.text === undefined) throw notImplemented('a place in JSON that is no literal')
    const path =
      place.type.kind === 'STRING'
        ? `."${place.literal.text.replaceAll('"', '\\"')}"`
        : `[${place.literal.text}]`
    return { sql: `json_extract(${of.sql}, ${quoteText(`$${path}`)})`, type: of.type }
  }
  if (of.type.kind !== 'ARRAY' || distance(place, INT64) !== 0)
    return context.fail(
      `Subscript access using [${spelling(place.type)}] is not supported on values of type ${spelling(of.type)}`,
      node.at,
    )
  const element = of.type.element!
  const first = node.how.includes('ORDINAL') ? 1 : 0
  const at = first === 1 ? place.sql : `(${place.sql}) + 1`
  const inside = `list_extract(${of.sql}, ${at})`
  const isIn = `${place.sql} BETWEEN ${first} AND len(${of.sql})${first === 1 ? '' : ' - 1'}`
  if (node.how.startsWith('SAFE')) return { sql: `(CASE WHEN ${isIn} THEN ${inside} END)`, type: element }
  const error = fail(`'Array index ' || ${place.sql} || ' is out of bounds'`, duckDb(element))
  return {
    sql: `(CASE WHEN ${isIn} THEN ${inside} WHEN ${of.sql} IS NULL OR ${place.sql} IS NULL THEN NULL ELSE ${error} END)`,
    type: element,
  }
}

export function subqueryOf(context: Context, node: Node<'subquery'>, scope: Scope): Typed {
  const listed = node.how === 'ARRAY' ? arrayOfRows(context, node.query, scope) : undefined
  if (listed) return listed
  const { sql, columns } = context.query(node.query, scope)
  if (node.how === 'EXISTS') return { sql: `EXISTS (${sql})`, type: BOOL }
  const [column] = columns
  if (columns.length !== 1 || !column)
    return context.fail(
      `${node.how === 'ARRAY' ? 'ARRAY' : 'Scalar'} subquery cannot have more than one column unless using SELECT AS STRUCT`,
      node.at,
    )
  if (node.how === 'VALUE') return { sql: `(${sql})`, type: column.type }
  if (column.type.kind === 'ARRAY')
    return context.fail('Cannot use array subquery with column of type ARRAY', node.at)
  const type = arrayOf(column.type)
  return { sql: `coalesce(ARRAY(${sql}), CAST([] AS ${duckDb(type)}))`, type }
}

const WHOLE_PARTS =
  'MICROSECOND MILLISECOND SECOND MINUTE HOUR DAY DAYOFWEEK DAYOFYEAR WEEK ISOWEEK MONTH QUARTER YEAR ISOYEAR'.split(
    ' ',
  )

const OF_INTERVALS = ['YEAR', 'MONTH', 'DAY', 'HOUR', 'MINUTE', 'SECOND', 'MILLISECOND', 'MICROSECOND']

/** EXTRACT(part FROM time [AT TIME ZONE zone]) */
export function extractOf(context: Context, node: Node<'extract'>, scope: Scope): Typed {
  const value = context.expression(node.of, scope)
  const { kind } = value.type
  if (kind === 'INTERVAL' && !node.zone && OF_INTERVALS.includes(node.part))
    return { sql: `interval_part(${value.sql}, '${node.part}')`, type: INT64 }
  if (!['DATE', 'DATETIME', 'TIME', 'TIMESTAMP'].includes(kind))
    return context.fail(`EXTRACT from ${spelling(value.type)} is not supported`, node.at)
  const zone = node.zone && context.expression(node.zone, scope)
  if (zone && (distance(zone, STRING) !== 0 || kind !== 'TIMESTAMP'))
    return context.fail('EXTRACT … AT TIME ZONE takes a TIMESTAMP and a STRING', node.at)
  const local = zone
    ? clockIn(zone.sql, value.sql)
    : kind === 'TIMESTAMP'
      ? `timezone('UTC', ${value.sql})`
      : value.sql
  if (node.part === 'DATE' || node.part === 'TIME' || node.part === 'DATETIME') {
    const type = { kind: node.part }
    return { sql: `CAST(${local} AS ${duckDb(type)})`, type }
  }
  const ofDay = ['MICROSECOND', 'MILLISECOND', 'SECOND', 'MINUTE', 'HOUR'].includes(node.part)
  const weekday = /^WEEK\((\w+)\)$/.exec(node.part)?.[1]
  if (
    (!WHOLE_PARTS.includes(node.part) && !DAYS.includes(weekday ?? '')) ||
    (kind === 'TIME' && !ofDay) ||
    (kind === 'DATE' && ofDay)
  )
    return context.fail(`EXTRACT of ${node.part} from ${kind} is not supported`, node.at)
  return { sql: partOf(node.part, local), type: INT64 }
}

const DAYS = ['SUNDAY', 'MONDAY', 'TUESDAY', 'WEDNESDAY', 'THURSDAY', 'FRIDAY', 'SATURDAY']

function partOf(part: string, time: string): string {
  switch (part) {
    case 'MICROSECOND':
      return `(extract(microsecond FROM ${time}) % 1000000)`
    case 'MILLISECOND':
      return `(extract(millisecond FROM ${time}) % 1000)`
    case 'SECOND':
      return `CAST(extract(second FROM ${time}) AS BIGINT)`
    case 'DAYOFWEEK':
      return `(dayofweek(${time}) + 1)`
    case 'ISOWEEK':
      return `extract(week FROM ${time})`
    case 'WEEK':
      return weekOf(time, 0)
    default: {
      const weekday = /^WEEK\((\w+)\)$/.exec(part)?.[1]
      return weekday ? weekOf(time, DAYS.indexOf(weekday)) : `extract(${part.toLowerCase()} FROM ${time})`
    }
  }
}

/** Weeks begin on a weekday; days before the first of them in a year are in week 0. */
function weekOf(time: string, first: number): string {
  return `((dayofyear(${time}) + 6 - ((dayofweek(${time}) - ${first} + 7) % 7)) // 7)`
}
