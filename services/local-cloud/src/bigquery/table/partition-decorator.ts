import { BigQueryError } from '../errors.ts'
import { quote } from '../values/fields.ts'
import { partitionField } from './partition-time.ts'
import type { Table, TableReference } from './table.ts'

/** `table$2026030405`: a table, and one partition of it. */
export function splitDecorator(reference: TableReference): { table: TableReference; partition?: string } {
  const [tableId = '', ...rest] = reference.tableId.split('$')
  return rest.length === 0
    ? { table: reference }
    : { table: { ...reference, tableId }, partition: rest.join('$') }
}

const UNITS = { YEAR: 4, MONTH: 6, DAY: 8, HOUR: 10 } as const

/** DuckDB's SQL that is true for rows of a partition (docs: managing partitioned tables, "partition decorators"). */
export function partitionCondition(table: Table, partition: string): string {
  const { spec, reference } = table
  const { timePartitioning, rangePartitioning } = spec
  const refuse = (why: string): never => {
    throw new BigQueryError(
      'invalid',
      `Invalid partition decorator $${partition} of ${reference.tableId}: ${why}`,
    )
  }
  if (rangePartitioning) {
    const column = quote(rangePartitioning.field)
    const [start, end, interval] = rangeOf(rangePartitioning.range)
    if (partition === '__NULL__') return `${column} IS NULL`
    if (partition === '__UNPARTITIONED__') return `(${column} < ${start} OR ${column} >= ${end})`
    if (!/^-?\d{1,18}$/.test(partition)) return refuse('a whole number')
    const first = Number(partition)
    if (first < start || first >= end || (first - start) % interval !== 0)
      return refuse(`the beginning of a range from ${start} to ${end} by ${interval}`)
    return `(${column} >= ${first} AND ${column} < ${Math.min(first + interval, end)})`
  }
  const field = partitionField(table)?.name
  if (field === undefined) return refuse('the table is not partitioned')
  if (partition === '__NULL__') return `${quote(field)} IS NULL`
  const unit = (timePartitioning?.type ?? 'DAY') as keyof typeof UNITS
  if (!/^\d+$/.test(partition) || partition.length !== UNITS[unit]) return refuse(`${UNITS[unit]} digits`)
  const [, year, month = '01', day = '01', hour = '00'] = /^(\d{4})(\d\d)?(\d\d)?(\d\d)?$/.exec(partition)!
  const begin = `TIMESTAMP '${year}-${month}-${day} ${hour}:00:00'`
  const column = `CAST(${quote(field)} AS TIMESTAMP)`
  return `(${column} >= ${begin} AND ${column} < ${begin} + INTERVAL 1 ${unit})`
}

type Range = {
  readonly start: string | number
  readonly end: string | number
  readonly interval: string | number
}

function rangeOf({ start, end, interval }: Range): [start: number, end: number, interval: number] {
  return [Number(start), Number(end), Number(interval)]
}
