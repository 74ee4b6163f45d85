import type { Filters } from '@tablestream/ledger'

/** The filters that name the dead letters which both name; undefined: there can be none. */
export function bothOf(one: Filters, other: Filters): Filters | undefined {
  const lists = {
    reasons: common(one.reasons, other.reasons),
    types: common(one.types, other.types),
    paths: common(one.paths, other.paths),
    ids: common(one.ids, other.ids),
  }
  const { reasons, types, paths, ids } = lists
  if (!reasons || !types || !paths || !ids) return undefined
  const since = extreme([one.since, other.since], 1)
  const until = extreme([one.until, other.until], -1)
  return {
    reasons,
    types,
    paths,
    ids,
    again: one.again && other.again,
    ...(since !== undefined && { since }),
    ...(until !== undefined && { until }),
  }
}

/** An empty list names all there are. */
function common(one: readonly string[] = [], other: readonly string[] = []): readonly string[] | undefined {
  if (one.length === 0) return other
  if (other.length === 0) return one
  const known = new Set(other)
  const both = one.filter((each) => known.has(each))
  return both.length > 0 ? both : undefined
}

/** @param sign 1: the latest of the times; -1: the earliest */
function extreme(times: readonly (string | undefined)[], sign: 1 | -1): string | undefined {
  const given = times.filter((time) => time !== undefined)
  return given.toSorted((a, b) => sign * (Date.parse(b) - Date.parse(a)))[0]
}
