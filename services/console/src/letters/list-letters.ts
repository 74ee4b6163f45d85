import type { DeadLetters, LetterFilters } from '../api/letters.ts'
import type { Row } from '../bigquery/cells.ts'
import { quoted, type Tables } from '../tables/dataset.ts'
import { conditionOf, type Condition } from './filters.ts'
import { readLetters } from './read-letters.ts'

export interface ListOptions {
  readonly filters: LetterFilters
  readonly limit: number
  /** Id of a dead letter: only older ones. */
  readonly before?: string | undefined
  /** Milliseconds since 1970. */
  readonly now: number
}

const STEPS = 60
const WEEK_MS = 7 * 86_400_000
/** Shortest span of the curves: a minute a step. */
const HOUR_MS = 3_600_000
const MOST_GROUPS = 500

/** The dead letters that fit, newest first, and how many there are by reason, path and type, over time. */
export async function listLetters(
  tables: Tables,
  { filters, limit, before, now }: ListOptions,
): Promise<DeadLetters> {
  const condition = conditionOf(filters)
  const [{ letters, isCut }, counted] = await Promise.all([
    readLetters(tables, { ...older(condition, before, tables), limit: limit + 1 }),
    readGroups(tables, condition, now),
  ])
  const shown = letters.slice(0, limit).map(({ letter }) => letter)
  return {
    letters: shown,
    ...((letters.length > limit || (isCut && shown.length > 0)) && { next: shown.at(-1)!.dead_letter_id }),
    ...counted,
  }
}

function older({ where, params }: Condition, before: string | undefined, tables: Tables): Condition {
  if (before === undefined) return { where, params }
  const time = `(SELECT MIN(publish_time) FROM ${quoted(tables, 'dead_letters')} WHERE message_id = @before)`
  return {
    where: `${where} AND (dead_lettered_at < ${time} OR (dead_lettered_at = ${time} AND dead_letter_id < @before))`,
    params: { ...params, before },
  }
}

async function readGroups(
  tables: Tables,
  { where, params }: Condition,
  now: number,
): Promise<Pick<DeadLetters, 'total' | 'replayed' | 'groups' | 'curve_times'>> {
  const view = quoted(tables, 'dead_letter_reasons')
  const first = `SELECT UNIX_MILLIS(MIN(dead_lettered_at)) AS first FROM ${view} WHERE ${where}`
  const { rows: spans } = await tables.warehouse.query({ sql: first, params })
  const oldest = Math.min(Number(spans[0]?.['first'] ?? now), now - HOUR_MS)
  const from = Math.max(oldest, now - WEEK_MS)
  const stepMs = Math.ceil((now - from) / STEPS) + 1
  const step = 'CAST(FLOOR((UNIX_MILLIS(dead_lettered_at) - @from) / @step) AS INT64)'
  const sql = `SELECT reason, IFNULL(path, '') AS path, IFNULL(event_type, '') AS event_type, ${step} AS step, COUNT(*) AS letters,
      COUNTIF(replayed_at IS NOT NULL) AS replayed, MAX(dead_lettered_at) AS last_at
    FROM ${view} WHERE ${where} GROUP BY 1, 2, 3, 4`
  const groups = new Map<string, DeadLetters['groups'][number]>()
  for await (const { rows } of tables.warehouse.pages({ sql, params: { ...params, from, step: stepMs } }))
    for (const row of rows) addTo(groups, row)
  const all = [...groups.values()]
  const sum = (read: (group: DeadLetters['groups'][number]) => number) =>
    all.reduce((total, group) => total + read(group), 0)
  return {
    total: sum(({ letters }) => letters),
    replayed: sum(({ replayed }) => replayed),
    groups: all.toSorted((a, b) => b.letters - a.letters).slice(0, MOST_GROUPS),
    curve_times: Array.from({ length: STEPS }, (_, index) => Math.round((from + index * stepMs) / 1000)),
  }
}

function addTo(groups: Map<string, DeadLetters['groups'][number]>, row: Row): void {
  const text = (column: string) => row[column] as string
  const key = JSON.stringify([row['reason'], row['path'], row['event_type']])
  const group = groups.get(key) ?? {
    reason: text('reason'),
    path: text('path'),
    event_type: text('event_type'),
    letters: 0,
    replayed: 0,
    last_at: text('last_at'),
    curve: Array.from({ length: STEPS }, () => 0),
  }
  const [step, letters] = [Number(row['step']), Number(row['letters'])]
  group.letters += letters
  group.replayed += Number(row['replayed'])
  if (text('last_at') > group.last_at) group.last_at = text('last_at')
  if (step >= 0 && step < STEPS) group.curve[step] = group.curve[step]! + letters
  groups.set(key, group)
}
