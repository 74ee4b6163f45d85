import type { Flow } from './api-types.ts'

const HOUR_SECONDS = 3600

type Curve = readonly (number | null)[]

/** The newest figures, with the points of the hour before them. */
export function appended(last: Flow, newer: Flow): Flow {
  const seen = last.curves.times.at(-1) ?? -Infinity
  const from = newer.curves.times.findIndex((time) => time > seen)
  if (from < 0) return { ...newer, curves: last.curves }
  const times = [...last.curves.times, ...newer.curves.times.slice(from)]
  const drop = times.findIndex((time) => time >= times.at(-1)! - HOUR_SECONDS)
  const joined = (old: Curve | undefined, more: Curve | undefined) =>
    [
      ...(old ?? last.curves.times.map(() => null)),
      ...(more?.slice(from) ?? newer.curves.times.slice(from).map(() => null)),
    ].slice(drop)
  const byTable = (name: 'landed_by_table' | 'p50_by_table' | 'p99_by_table') => {
    const tables = new Set([...Object.keys(last.curves[name]), ...Object.keys(newer.curves[name])])
    return Object.fromEntries(
      [...tables].map((table) => [table, joined(last.curves[name][table], newer.curves[name][table])]),
    )
  }
  return {
    ...newer,
    curves: {
      times: times.slice(drop),
      received: joined(last.curves.received, newer.curves.received),
      ...(newer.curves.acknowledged && {
        acknowledged: joined(last.curves.acknowledged, newer.curves.acknowledged),
      }),
      landed: joined(last.curves.landed, newer.curves.landed),
      duplicates: joined(last.curves.duplicates, newer.curves.duplicates),
      dead_letters: joined(last.curves.dead_letters, newer.curves.dead_letters),
      waiting: joined(last.curves.waiting, newer.curves.waiting),
      landed_by_table: byTable('landed_by_table'),
      p50_by_table: byTable('p50_by_table'),
      p99_by_table: byTable('p99_by_table'),
    },
  }
}
