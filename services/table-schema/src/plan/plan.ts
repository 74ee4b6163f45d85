import type { Column } from '../columns/column.ts'
import { matches } from './compile-matcher.ts'
import { indexOf } from '../columns/field-index.ts'
import type { JsonObject } from '../json/json-text.ts'
import type { Plan, PlanOptions } from './plan-types.ts'
import { planRecord, type Place } from './plan-record.ts'
import { SYSTEM_COLUMNS } from '../columns/system-columns.ts'
import { PlanDraft } from './plan-draft.ts'

/**
 * What must change for a table with these columns to take this event. Pure: the same columns and event give the same
 * plan on every instance. A plan adds, relaxes and widens; it never removes, narrows or renames.
 *
 * @param columns the table's columns, or undefined where there is no table
 */
export function plan(
  columns: readonly Column[] | undefined,
  event: JsonObject,
  options: PlanOptions = {},
): Plan {
  if (columns && matches(columns, event)) return fits(columns)
  return planAll(columns, [event], options)
}

/** The same for several events at once, each planned upon what those before it have added. */
export function planAll(
  columns: readonly Column[] | undefined,
  events: readonly JsonObject[],
  options: PlanOptions = {},
): Plan {
  const base = columns ? withSystemColumns(columns) : firstColumns(options.contract)
  const draft = new PlanDraft(base, options)
  if (columns && base !== columns)
    for (const column of base.slice(columns.length)) draft.add(column, column.name)
  let planned = base
  // no list between is compiled: each would be used for one event
  for (const event of events) planned = planRecord(planned, event, TOP, draft)
  const { added, relaxed, widened, conflicts } = draft
  const changes = added.length + relaxed.length + widened.length > 0
  const outcome = columns === undefined ? 'create' : changes ? 'alter' : 'fits'
  return { outcome, columns: planned, added, relaxed, widened, conflicts }
}

const TOP: Place = { path: '', columnPath: '', depth: 0, inArray: false, isNew: false }

const firsts = new WeakMap<readonly Column[], readonly Column[]>()

/** What a table begins with: one list for a contract, so that its index is made once. */
function firstColumns(contract: readonly Column[] | undefined): readonly Column[] {
  if (!contract || contract.length === 0) return SYSTEM_COLUMNS
  let first = firsts.get(contract)
  if (!first) {
    first = [...SYSTEM_COLUMNS, ...contract]
    firsts.set(contract, first)
  }
  return first
}

const NONE: readonly never[] = Object.freeze([])
const fitting = new WeakMap<readonly Column[], Plan>()

/** The plan that changes nothing: one for a list of columns, whatever the event. */
function fits(columns: readonly Column[]): Plan {
  let same = fitting.get(columns)
  if (!same) {
    same = { outcome: 'fits', columns, added: NONE, relaxed: NONE, widened: NONE, conflicts: NONE }
    fitting.set(columns, same)
  }
  return same
}

/** A table that others made may lack them; without `_unmapped` a value that fits nowhere would be lost. */
function withSystemColumns(columns: readonly Column[]): readonly Column[] {
  const { taken } = indexOf(columns)
  const missing = SYSTEM_COLUMNS.filter(({ name }) => !taken.has(name))
  return missing.length === 0 ? columns : [...columns, ...missing]
}
