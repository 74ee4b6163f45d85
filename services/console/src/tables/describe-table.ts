import { destination } from '@tablestream/contract'
import { columnsOfFields, isEnvelopeKey, isSystemKey, type Column } from '@tablestream/table-schema'
import type { History, TableDetail } from '../api/tables.ts'
import type { Field } from '../bigquery/cells.ts'
import { typeOf } from './type-of-table.ts'
import type { TableChange } from './changes.ts'
import { sqlType } from './sql-type.ts'

export type TableKind = TableDetail['kind']

/** @param columns names of the columns at the top */
export function kindOf(columns: ReadonlySet<string>, isView: boolean): TableKind {
  if (isView) return 'view'
  return columns.has('event_id') && columns.has('processed_timestamp') ? 'events' : 'own'
}

/** Every column with its path, nested ones after their record; since when it is there, and which events asked for it. */
export function describeColumns(
  table: string,
  fields: readonly Field[],
  changes: readonly TableChange[],
): TableDetail['columns'] {
  const eventType = typeOf(table)
  const contract = new Set(eventType === undefined ? [] : pathsOf(destination(eventType).contract))
  const described: TableDetail['columns'] = []
  const visit = (level: readonly Field[], columns: readonly Column[], prefix: string): void => {
    for (const [index, { name, type, mode = 'NULLABLE', description, fields: inner }] of level.entries()) {
      const path = prefix === '' ? name : `${prefix}.${name}`
      const change = changes.find(({ added }) =>
        added.some((each) => each === path || path.startsWith(`${each}.`)),
      )
      const created = changes.findLast(({ change: kind }) => kind === 'created')
      const column = columns[index]!
      const isSystem = prefix === '' && (isSystemKey(column.key) || isEnvelopeKey(column.key))
      described.push({
        path,
        type: sqlType(type),
        mode,
        ...(description !== undefined && { description }),
        since: (change ?? (isSystem ? created : undefined))?.changed_at ?? null,
        asked_by: [...(change?.event_ids ?? [])],
        origin: isSystem ? 'system' : contract.has(path) ? 'contract' : 'inferred',
      })
      if (inner) visit(inner, column.fields ?? [], path)
    }
  }
  visit(fields, columnsOfFields(fields), '')
  return described
}

function pathsOf(columns: readonly Column[], prefix = ''): string[] {
  return columns.flatMap(({ name, fields }) => [prefix + name, ...pathsOf(fields ?? [], `${prefix}${name}.`)])
}

/** The history of a table, newest first, each change as the lines of a diff. */
export function historyOf(changes: readonly TableChange[], fields: readonly Field[]): History {
  const types = new Map(describeColumns('', fields, []).map(({ path, type, mode }) => [path, { type, mode }]))
  const shown = (path: string) => {
    const { type, mode } = types.get(path) ?? { type: '', mode: '' }
    return `${path} ${mode === 'REPEATED' ? `ARRAY<${type}>` : type}`.trim()
  }
  return {
    changes: changes.map((change) => ({
      change_id: change.change_id,
      changed_at: change.changed_at,
      change: change.change,
      added: change.added,
      relaxed: change.relaxed,
      widened: change.widened,
      event_ids: change.event_ids,
      lines: [
        ...change.added.map((path) => `+ ${shown(path)}`),
        ...change.widened.flatMap(({ path, from_type: from, to_type: to }) => [
          `- ${path} ${sqlType(from)}`,
          `+ ${path} ${sqlType(to)}`,
        ]),
        ...change.relaxed.flatMap((path) => [`- ${path} REQUIRED`, `+ ${path} NULLABLE`]),
      ],
    })),
  }
}

/** BigQuery's ISO text for milliseconds since 1970 as text. */
export function timeOf(millis: string | undefined): string | null {
  return millis === undefined ? null : new Date(Number(millis)).toISOString()
}
