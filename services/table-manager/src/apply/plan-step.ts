import type { Destination, EventPolicy } from '@tablestream/contract'
import {
  columnAt,
  plan,
  planAll,
  toJsonText,
  type Column,
  type JsonObject,
  type Plan,
  type PlanOptions,
} from '@tablestream/table-schema'
import { additionsOf, takeAdditions, valueAt, type Addition } from './additions.ts'
import { Quarantine } from './quarantine.ts'
import { Refusals, wideningKey } from './refusals.ts'
import { Suspects } from './suspects.ts'
import type { Refusal } from '../table-change.ts'
import type { TableState } from '../tables.ts'

/** One change of a table. Columns are added by the API and widened by DDL: an event that asks for both takes two. */
export interface Step {
  readonly kind: 'create' | 'alter' | 'widen'
  readonly plan: Plan
  /** What it is made of: each may be refused. */
  readonly keys: readonly string[]
  /** The primary key that the table gets by it. */
  readonly primaryKey?: readonly string[] | undefined
}

/** What was refused is asked for again, but not yet. */
export interface Wait {
  readonly kind: 'wait'
  readonly ms: number
}

const PRIMARY_KEY = ['_source', 'event_id']
const LONGEST_VALUE = 200
/** What else than a column or its type may be refused. */
const TABLE = 'create'
const KEY = 'primary key'

/** What one table must become for the events that come, by its type's policy and by what BigQuery refused lately. */
export class StepPlanner {
  readonly #policy: EventPolicy
  readonly #quarantine: Quarantine | undefined
  readonly #observed = new WeakSet<JsonObject>()
  readonly #refusals: Refusals
  readonly #suspects: Suspects
  readonly #creating: PlanOptions
  readonly #changing: PlanOptions
  /** The table was refused with the columns of its events: it is tried without. */
  #isBare = false
  /** Those under suspicion, and those that nobody suspects, take turns. */
  #isSuspectsTurn = false

  constructor(destination: Destination, policy: EventPolicy, now: () => number) {
    this.#policy = policy
    this.#refusals = new Refusals(now)
    this.#suspects = new Suspects(now)
    const quarantine = policy.quarantine && new Quarantine(policy.quarantine, now)
    this.#quarantine = quarantine
    // the columns that a table is made with are not in quarantine: there is nothing yet that they could spoil
    this.#creating = {
      contract: destination.contract,
      columnLimit: policy.column_limit,
    }
    this.#changing = {
      ...this.#creating,
      columns: policy.columns === 'evolve' ? 'evolve' : 'freeze',
      widen: (path, to) => !this.#isRefused(wideningKey(path, to)),
      ...(quarantine && { admit: (path: string) => quarantine.admits(path) }),
    }
  }

  /** A table that was made before its type's policy asked for upserts gets its key by the next event. */
  lacksKey({ primaryKey }: TableState): boolean {
    return this.#policy.duplicates === 'upsert' && primaryKey.join() !== PRIMARY_KEY.join()
  }

  /** What one event asks of the table. */
  ask(state: TableState | undefined, event: JsonObject): Plan {
    return state ? plan(state.columns, event, this.#changing) : plan(undefined, event, this.#creating)
  }

  /** Counts the columns that an event asks for, once. */
  observe(state: TableState, event: JsonObject): void {
    if (!this.#quarantine || this.#observed.has(event)) return
    this.#observed.add(event)
    const asked: string[] = []
    plan(state.columns, event, { ...this.#changing, admit: (path) => asked.push(path) > 0 })
    this.#quarantine.observe(asked)
  }

  /** The next change for these events, or how long to wait for it; undefined where the table takes them as it is. */
  step(state: TableState | undefined, events: readonly JsonObject[]): Step | Wait | undefined {
    if (!state) return this.#creation(events)
    // what is added first does not depend on a widening that may be refused
    const isNew = (path: string) => columnAt(state.columns, path) === undefined
    const adding = planAll(state.columns, events, { ...this.#changing, widen: isNew })
    const additions = this.#openKeys(state, adding.columns)
    const widening = planAll(state.columns, events, this.#changing)
    const wider = widening.widened.map(({ path, to }) => wideningKey(path, to))
    const trial = this.#suspects.next([...additions, ...wider])
    if (trial.suspected.length > 0 && (this.#isSuspectsTurn || trial.fresh.length === 0))
      return this.#stepOf(state, events, adding, trial.suspected)
    if (trial.fresh.length > 0) return this.#stepOf(state, events, adding, trial.fresh)
    return trial.wait === undefined ? undefined : { kind: 'wait', ms: trial.wait }
  }

  /** A step is made. */
  made({ keys }: Step): void {
    this.#takeTurns(keys)
    this.#suspects.taken(keys)
    this.#isBare = false
  }

  /**
   * BigQuery refused a step: what it is made of is tried apart, and what is refused alone is not asked for again for a while.
   *
   * @param isFinal whether BigQuery refuses it for good
   * @returns what may be asked for only later, where that is not certain
   */
  refused({ kind, keys, plan: { columns } }: Step, reason: string, isFinal: boolean): string | undefined {
    this.#takeTurns(keys)
    const base = this.#base()
    if (kind === 'create' && columns.length > base.length) {
      this.#isBare = true
      this.#suspects.refused(additionsOf(base, columns).map(({ key }) => key))
      return undefined
    }
    if (!this.#suspects.refused(keys)) return undefined
    const [key] = keys as [string]
    if (isFinal) this.#refusals.remember(key, reason)
    else this.#suspects.suspect(key)
    return isFinal ? undefined : key
  }

  /** Whether what an event asks for has this part. */
  asksFor(key: string, state: TableState | undefined, event: JsonObject): boolean {
    if (key === TABLE || key === KEY) return true
    const { columns, widened } = this.ask(state, event)
    return (
      additionsOf(state?.columns ?? this.#base(), columns).some((addition) => addition.key === key) ||
      widened.some(({ path, to }) => wideningKey(path, to) === key)
    )
  }

  /** Whether anything is to be done for an event; if not, and something would be but for its refusal, what that is. */
  leftFor(
    state: TableState | undefined,
    event: JsonObject,
  ): { isDone: boolean; refusal?: Refusal | undefined } {
    if (!state) {
      const reason = this.#refusals.reasonOf(TABLE)
      return reason === undefined
        ? { isDone: false }
        : { isDone: true, refusal: refusalOf(event, [], reason) }
    }
    const { columns, widened } = this.ask(state, event)
    if (widened.length > 0 || this.#openKeys(state, columns).length > 0) return { isDone: false }
    return { isDone: true, refusal: this.#refusalIn(state, event, columns) }
  }

  /** Of an event that its table takes, but for a value that asked for a type that BigQuery refused lately. */
  refusedWidening(state: TableState, event: JsonObject): Refusal | undefined {
    if (this.#refusals.isEmpty) return undefined
    let refused: string | undefined
    const widen: PlanOptions['widen'] = (path, to) => {
      const reason = this.#refusals.reasonOf(wideningKey(path, to))
      refused ??= reason
      return reason === undefined
    }
    const { conflicts } = plan(state.columns, event, { ...this.#changing, widen })
    if (refused === undefined) return undefined
    const allowed = plan(state.columns, event, { ...this.#changing, widen: () => true }).conflicts
    const at = conflicts.find(({ path }) => !allowed.some((conflict) => conflict.path === path))
    return { reason: refused, path: at?.path ?? '', value: shown(at?.value) }
  }

  #base(): readonly Column[] {
    return plan(undefined, {}, this.#creating).columns
  }

  #creation(events: readonly JsonObject[]): Step | Wait {
    const { suspected, wait } = this.#suspects.next([TABLE])
    if (suspected.length === 0 && wait !== undefined) return { kind: 'wait', ms: wait }
    const created = planAll(undefined, this.#isBare ? [{}] : events, this.#creating)
    return { kind: 'create', plan: created, keys: [TABLE], primaryKey: this.#primaryKey }
  }

  get #primaryKey(): readonly string[] | undefined {
    return this.#policy.duplicates === 'upsert' ? PRIMARY_KEY : undefined
  }

  /** What the table lacks and BigQuery did not refuse lately. */
  #openKeys(state: TableState, columns: readonly Column[]): readonly string[] {
    const keys = additionsOf(state.columns, columns).map(({ key }) => key)
    if (this.lacksKey(state)) keys.push(KEY)
    return this.#refusals.isEmpty ? keys : keys.filter((key) => !this.#isRefused(key))
  }

  /** Columns and types together take two steps: the columns come first. */
  #stepOf(state: TableState, events: readonly JsonObject[], adding: Plan, keys: readonly string[]): Step {
    const wanted = new Set(keys)
    const used: string[] = []
    const isWanted = ({ key }: Addition) => wanted.has(key) && used.push(key) > 0
    const taken = takeAdditions(state.columns, adding.columns, isWanted)
    const primaryKey = wanted.has(KEY) ? PRIMARY_KEY : undefined
    if (primaryKey) used.push(KEY)
    if (used.length > 0)
      return { kind: 'alter', plan: { ...adding, ...taken, widened: [] }, keys: used, primaryKey }
    const widen: PlanOptions['widen'] = (path, to) => wanted.has(wideningKey(path, to))
    const wider = planAll(state.columns, events, { ...this.#changing, widen, admit: () => false })
    return { kind: 'widen', plan: wider, keys: wider.widened.map(({ path, to }) => wideningKey(path, to)) }
  }

  #takeTurns(keys: readonly string[]): void {
    this.#isSuspectsTurn = !this.#suspects.hasAny(keys)
  }

  #isRefused(key: string): boolean {
    return this.#refusals.reasonOf(key) !== undefined
  }

  #refusalIn(state: TableState, event: JsonObject, columns: readonly Column[]): Refusal | undefined {
    if (this.#refusals.isEmpty) return undefined
    const refusals = additionsOf(state.columns, columns).map(({ key, at }) =>
      refusalOf(event, at, this.#refusals.reasonOf(key) ?? ''),
    )
    const [first, ...others] = refusals
    if (!first) {
      const reason = this.lacksKey(state) ? this.#refusals.reasonOf(KEY) : undefined
      return reason === undefined ? this.refusedWidening(state, event) : refusalOf(event, [], reason)
    }
    const also = others.slice(0, MOST_NAMED).map(({ path, reason }) => `${path}: ${reason}`)
    return { ...first, reason: [first.reason, ...also].join('; ') }
  }
}

/** An event may have thousands of columns. */
const MOST_NAMED = 10

function refusalOf(event: JsonObject, at: readonly string[], reason: string): Refusal {
  const found = at.length === 0 ? undefined : valueAt(event, at)
  return { reason, path: found?.path ?? '', value: shown(found?.value) }
}

function shown(value: Plan['conflicts'][number]['value'] | undefined): string {
  return value === undefined ? '' : toJsonText(value).slice(0, LONGEST_VALUE)
}
