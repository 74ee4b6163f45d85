import { shown } from '@tablestream/service-kit'
import { planAll, typeText, type Column, type Conflict, type PlanOptions } from '@tablestream/table-schema'
import type { Warehouse } from './google/bigquery.ts'
import type { LoadParts } from './load-parts.ts'
import { planningOf, shapesOf, type Survey } from './survey.ts'

const MOST_CONFLICTS = 10

/** What a load would do to the tables: what --dry-run tells. */
export async function showPlan(
  survey: Survey,
  parts: Pick<LoadParts, 'policies' | 'tableOf'> & { readonly warehouse: Pick<Warehouse, 'table'> },
): Promise<string> {
  const all = Object.entries(survey.types).map(async ([eventType, surveyed]) => {
    const table = parts.tableOf(eventType)
    const known = (await parts.warehouse.table(table))?.columns
    const planning: PlanOptions = planningOf(eventType, parts.policies)
    const plan = planAll(known, shapesOf(surveyed), planning)
    const records = surveyed.records.toLocaleString('en')
    const head = `${eventType} → ${table}: ${records} records, ${known ? 'the table is there' : 'the table is to be made'}`
    const added = known
      ? plan.added.map((path) => `  + ${path}${typeAt(plan.columns, path)}`)
      : plan.columns.flatMap((column) => columnLines(column, '  + '))
    const changed = [
      ...plan.widened.map(({ path, from, to }) => `  ~ ${path} ${from} becomes ${to}`),
      ...plan.relaxed.map((path) => `  ~ ${path} becomes NULLABLE`),
    ]
    return [head, ...added, ...changed, ...conflictLines(plan.conflicts)]
      .map((line) => shown(line))
      .join('\n')
  })
  return (await Promise.all(all)).join('\n')
}

function columnLines({ name, type, mode, fields = [] }: Column, indent: string): string[] {
  const own = `${indent}${name} ${type}${mode === 'NULLABLE' ? '' : ` ${mode}`}`
  return [own, ...fields.flatMap((field) => columnLines(field, `  ${indent}`))]
}

function typeAt(columns: readonly Column[], path: string): string {
  let level: readonly Column[] | undefined = columns
  let found: Column | undefined
  for (const name of path.split('.')) {
    found = level?.find((column) => column.name === name)
    level = found?.fields
  }
  return found ? ` ${found.type}${found.mode === 'NULLABLE' ? '' : ` ${found.mode}`}` : ''
}

function conflictLines(conflicts: readonly Conflict[]): string[] {
  const texts = conflicts.map(
    ({ path, reason, value, columnType, columnLimit }) =>
      `  ! ${path} ${reason}${columnType ? `: the column holds ${typeText(columnType, columnLimit)}` : ''}, found ${JSON.stringify(value)?.slice(0, 80)}`,
  )
  const told = [...new Set(texts)]
  const rest = told.length - MOST_CONFLICTS
  return rest > 0 ? [...told.slice(0, MOST_CONFLICTS), `  ! and ${rest} more`] : told
}
