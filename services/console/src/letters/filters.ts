import type { LetterFilters } from '../api/letters.ts'

export interface Condition {
  readonly where: string
  readonly params: Readonly<Record<string, unknown>>
}

/** SQL for the dead letters that filters name, over the columns of `dead_letter_reasons`. */
export function conditionOf({
  reason = [],
  type = [],
  path = [],
  since,
  until,
  replayed = false,
}: LetterFilters): Condition {
  const lists = { reason, event_type: type, path }
  const own = Object.entries(lists).filter(([, values]) => values.length > 0)
  const conditions = [
    ...(replayed ? [] : ['replayed_at IS NULL']),
    ...own.map(([column]) => `IFNULL(${column}, '') IN UNNEST(@${column})`),
    ...(since === undefined ? [] : ['dead_lettered_at >= TIMESTAMP(@since)']),
    ...(until === undefined ? [] : ['dead_lettered_at < TIMESTAMP(@until)']),
  ]
  return {
    where: conditions.length === 0 ? 'TRUE' : conditions.join(' AND '),
    params: {
      ...Object.fromEntries(own),
      ...(since !== undefined && { since }),
      ...(until !== undefined && { until }),
    },
  }
}
