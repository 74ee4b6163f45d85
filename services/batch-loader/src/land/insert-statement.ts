import { dateText, type Column } from '@tablestream/table-schema'
import { PORTION_RECORDS } from '../rows.ts'
import type { WrittenType } from '../written.ts'
import { stagingNames } from '../row/staging-names.ts'
import { valueSql } from './value-sql.ts'

export interface InsertParts {
  /** Full name, in backticks. */
  readonly table: string
  /** SQL of all rows of the load, behind FROM. */
  readonly staging: string
  /** Those that the events' table had when the first row was made. */
  readonly columns: readonly Column[]
  /** Names of those that the staging has. The others are empty in all rows. */
  readonly staged: ReadonlySet<string>
  /** Of the events' table, as it is now. */
  readonly columnsNow: readonly Column[]
  /** The days of the rows, as days since 1970; undefined: any. */
  readonly days: readonly number[] | undefined
  /** Whether an id is told apart by its source. */
  readonly hasSources: boolean
  /** Whether another event with the id of one that is there lands all the same. */
  readonly keepsCollisions: boolean
  /** Whether rows may be in the staging twice. */
  readonly isTwice: boolean
  /** Whether the shares of the source are files of their own. Absent: no. */
  readonly isByFile?: boolean
}

/** What a question about rows that are there needs. */
export type ThereParts = Pick<
  InsertParts,
  'table' | 'staging' | 'days' | 'hasSources' | 'keepsCollisions' | 'isTwice' | 'isByFile'
> & {
  readonly columns: readonly Pick<Column, 'name'>[]
}

/** More spans of days than these are read as one. */
const MOST_SPANS = 50

/**
 * The one statement by which rows land: those that are not there, each once. An event is told as the view beside the table and
 * reconcile tell it: by its source, its id and the fingerprint of its bytes. Two rules are for files, which know less than messages:
 *
 * - a record that was no message does not say whose id it has: an event with its id and its bytes is it, whoever published it;
 * - a record without an id is told by its bytes: where the table has three events of these bytes, the fourth in the file is new.
 *
 * Rows that an older version of the writer made have no fingerprint, and are told by their ids.
 */
export function insertStatement(parts: InsertParts): string {
  const now = new Map(parts.columnsNow.map((column) => [column.name, column]))
  const names = parts.columns.map(({ name }) => `\`${name}\``)
  const values = parts.columns.map((column) => {
    const { name } = column
    if (name === 'event_id') return 'k.id'
    // said all the same: a table may have a default for whom it says nothing. NULL takes the column's type where it stands in the outermost
    // SELECT and no WITH is around that (docs: conversion rules, coercion of literals); elsewhere it is an INT64
    if (!parts.staged.has(name)) return 'NULL'
    return valueSql(now.get(name) ?? column, column, `n.\`${name}\``)
  })
  const { place } = stagingNames(parts.columns)
  return `INSERT INTO ${parts.table} (${names.join(', ')})
  SELECT ${values.join(', ')} FROM ${stagedOnce(parts)} AS n JOIN (
${keptRows(parts)}
  SELECT place, id FROM kept) AS k ON k.place = n.${place}`
}

/** The places of the rows that are not there, each once, and the ids that they are to have. @param parts the rows' keys are the staging */
export function freshQuery(parts: ThereParts): string {
  return `${keptRows(parts)}
  SELECT place, id FROM kept ORDER BY place`
}

/** The copies of a record without an id are told apart by their number. */
function idSql({ columns }: ThereParts): string {
  const { match, number } = stagingNames(columns)
  return `IF(n.${match} = 'bytes', CONCAT(n.event_id, '-', CAST(n.${number} AS STRING)), n.event_id)`
}

/** The places of the rows of a load that are not there in the end, by the same keys: another event has their id. */
export function collisionsQuery(parts: ThereParts): string {
  const { table, days, hasSources, columns } = parts
  const { place, match } = stagingNames(columns)
  const source = hasSources ? ' AND k._source = s._source' : ''
  return `SELECT s.${place} AS place FROM ${stagedOnce(parts)} AS s
  LEFT JOIN (SELECT DISTINCT event_id, ${hasSources ? '_source, ' : ''}_fingerprint FROM ${table} WHERE ${daysCondition(days)}) AS k
    ON k.event_id = s.event_id AND k._fingerprint = s._fingerprint${source}
  LEFT JOIN (SELECT DISTINCT event_id FROM ${table} WHERE ${daysCondition(days)} AND _fingerprint IS NULL) AS o ON o.event_id = s.event_id
  WHERE s.${match} != 'bytes' AND k.event_id IS NULL AND o.event_id IS NULL ORDER BY place`
}

/** A load job that ran twice, because nobody knew any more that it had, put each of its rows there twice. */
function stagedOnce({ staging, columns, isTwice }: ThereParts): string {
  if (!isTwice) return staging
  const { place } = stagingNames(columns)
  return `(SELECT * FROM ${staging} WHERE TRUE QUALIFY ROW_NUMBER() OVER (PARTITION BY ${place}) = 1)`
}

/**
 * SQL that says what `kept` is: the places of the rows that are not there, each once, and the ids that they are to have. It works with
 * what rows are told by alone: what is numbered and joined is written down by an engine, and a row has thousands of bytes.
 */
function keptRows(parts: ThereParts): string {
  const { table, days, hasSources, keepsCollisions, columns } = parts
  const { place, match, number, ofId, first } = stagingNames(columns)
  const source = hasSources ? '_source, ' : ''
  const sameSource = hasSources ? ' AND k._source = s._source' : ''
  const bytes = `s.${match} = 'bytes'`
  // of two files that have the same record without an id one lands: the second one may be a copy
  const file = parts.isByFile ? `IF(${match} = 'bytes', DIV(${place}, ${PORTION_RECORDS}), 0), ` : ''
  const copy = parts.isByFile ? `, IF(${match} = 'bytes', ${number}, 0)` : ''
  const isCopied = `n.${match} = 'bytes'${parts.isByFile ? ` AND n.${first} = 1` : ''}`
  const isOne = keepsCollisions
    ? `n.${match} != 'bytes'`
    : `n.${match} != 'bytes' AND n.${ofId} = 0 AND n.${first} = 1`
  return `WITH there AS (SELECT event_id, _source, _fingerprint, event_date FROM ${table} WHERE ${daysCondition(days)}),
  keys AS (SELECT DISTINCT event_id, ${source}_fingerprint FROM there WHERE _fingerprint IS NOT NULL),
  old AS (SELECT DISTINCT event_id FROM there WHERE _fingerprint IS NULL),
  ids AS (SELECT DISTINCT event_id, _source, event_date FROM there),
  copies AS (SELECT _fingerprint, COUNT(*) AS copies FROM there WHERE _fingerprint IS NOT NULL GROUP BY 1),
  staged AS (
    SELECT ${place}, ${match}, event_id, _source, _fingerprint, event_date FROM ${stagedOnce(parts)}
  ),
  numbered AS (
    SELECT s.*, ROW_NUMBER() OVER (
      PARTITION BY ${file}${match}, ${source}event_id, _fingerprint ORDER BY ${place}) AS ${number}
    FROM staged AS s
  ),
  fresh AS (
    SELECT s.*, IF(i.event_id IS NULL, 0, 1) AS ${ofId}
    FROM numbered AS s
      LEFT JOIN keys AS k ON k.event_id = s.event_id AND k._fingerprint = s._fingerprint${sameSource}
      LEFT JOIN old AS o ON o.event_id = s.event_id
      LEFT JOIN ids AS i ON i.event_id = s.event_id AND i._source = s._source AND i.event_date = s.event_date
      LEFT JOIN copies AS c ON c._fingerprint = s._fingerprint
    WHERE IF(${bytes}, s.${number} > IFNULL(c.copies, 0), s.${number} = 1 AND k.event_id IS NULL AND o.event_id IS NULL)
  ),
  kept AS (
    SELECT n.${place} AS place, ${idSql(parts)} AS id FROM (
      SELECT f.*, ROW_NUMBER() OVER (PARTITION BY event_id, _source, event_date${copy} ORDER BY ${place}) AS ${first} FROM fresh AS f
    ) AS n WHERE (${isCopied}) OR (${isOne})
  )`
}

/** The days of rows, each once; undefined where one may be of any. */
export function daysOf(written: readonly Pick<WrittenType, 'days'>[]): readonly number[] | undefined {
  const days = written.map((each) => each.days)
  return days.includes(undefined) ? undefined : [...new Set(days.flatMap((each) => each ?? []))]
}

/** SQL that is true for rows of these days: BigQuery reads no other partitions. */
export function daysCondition(days: readonly number[] | undefined): string {
  // named, so that a table which asks for a filter has one
  if (days === undefined) return `event_date >= DATE '0001-01-01'`
  const spans: [first: number, last: number][] = []
  for (const day of days.toSorted((a, b) => a - b)) {
    const last = spans.at(-1)
    if (last && day <= last[1] + 1) last[1] = day
    else spans.push([day, day])
  }
  if (spans.length === 0) return 'FALSE'
  const read: readonly (readonly [number, number])[] =
    spans.length <= MOST_SPANS ? spans : [[spans[0]![0], spans.at(-1)![1]]]
  const each = read.map(
    ([first, last]) => `event_date BETWEEN DATE '${dateText(first)}' AND DATE '${dateText(last)}'`,
  )
  return `(${each.join(' OR ')})`
}
