import type { Destination, EventPolicy } from '@tablestream/contract'
import {
  columnAt,
  plan,
  planAll,
  toJsonText,
  type JsonObject,
  type Plan,
  type PlanOptions,
} from '@tablestream/table-schema'
import { Quarantine } from './quarantine.ts'
import { additionKey, Refusals, wideningKey } from './refusals.ts'
import type { Refusal } from '../table-change.ts'
import type { TableState } from '../tables.ts'

/** One change of a table. Columns are added by the API and widened by DDL: an event that asks for both takes two. */
export interface Step {
  readonly kind: 'create' | 'alter' | 'widen'
  readonly plan: Plan
}

const PRIMARY_KEY = ['_source', 'event_id']
const LONGEST_VALUE = 200

/** What one table must become for the events that come, by its type's policy and by what BigQuery refused lately. */
export class StepPlanner {
  readonly #policy: EventPolicy
  readonly #quarantine: Quarantine | undefined
  readonly #observed = new WeakSet<JsonObject>()
  readonly #refusals: Refusals
  readonly #creating: PlanOptions
  readonly #changing: PlanOptions
  /** Widenings of which one was refused: they are tried one at a time. */
  readonly #suspected = new Set<string>()

  constructor(destination: Destination, policy: EventPolicy, now: () => number) {
    this.#policy = policy
    this.#refusals = new Refusals(now)
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
      widen: (path, to) => this.#refusals.reasonOf(wideningKey(path, to)) === undefined,
      ...(quarantine && { admit: (path: string) => quarantine.admits(path) }),
    }
  }

  get primaryKey(): readonly string[] | undefined {
    return this.#policy.duplicates === 'upsert' ? PRIMARY_KEY : undefined
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

  /** The next change for these events; undefined where the table takes them as it is. */
  step(state: TableState | undefined, events: readonly JsonObject[]): Step | undefined {
    if (!state) return { kind: 'create', plan: planAll(undefined, events, this.#creating) }
    // what is added first does not depend on a widening that may be refused
    const isNew = (path: string) => columnAt(state.columns, path) === undefined
    const adding = planAll(state.columns, events, { ...this.#changing, widen: isNew })
    if (adding.added.length + adding.relaxed.length > 0 || this.lacksKey(state))
      return { kind: 'alter', plan: adding }
    const widening = planAll(state.columns, events, this.#changing)
    const [first] = widening.widened
    if (!first) return undefined
    const isSuspected = widening.widened.some(({ path, to }) => this.#suspected.has(wideningKey(path, to)))
    if (!isSuspected) return { kind: 'widen', plan: widening }
    const only = wideningKey(first.path, first.to)
    const widen: PlanOptions['widen'] = (path, to) => wideningKey(path, to) === only
    return { kind: 'widen', plan: planAll(state.columns, events, { ...this.#changing, widen }) }
  }

  /** BigQuery refused a step that cannot be divided: it is not asked for again for a while. */
  refuse({ kind, plan: refused }: Step, reason: string): void {
    if (kind !== 'widen') this.#refusals.remember(additionKey(refused.columns, refused), reason)
    for (const { path, to } of refused.widened) {
      this.#suspected.delete(wideningKey(path, to))
      this.#refusals.remember(wideningKey(path, to), reason)
    }
  }

  /** BigQuery refused several widenings at once: which of them is told by trying each. */
  suspect({ plan: { widened } }: Step): void {
    for (const { path, to } of widened) this.#suspected.add(wideningKey(path, to))
  }

  /** Of an event whose columns or whose table BigQuery refused lately: nothing is asked for it. */
  refusedAddition(state: TableState | undefined, event: JsonObject, asked: Plan): Refusal | undefined {
    if (this.#refusals.isEmpty) return undefined
    const reason = this.#refusals.reasonOf(additionKey(asked.columns, asked))
    return reason === undefined ? undefined : { reason, ...firstNewValue(state, event) }
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
}

/** A step as a text: the same for the same change of the same columns. */
export function stepKey({ kind, plan: { columns, added, relaxed, widened } }: Step): string {
  const wider = widened.map(({ path, to }) => wideningKey(path, to))
  return [kind, additionKey(columns, { added, relaxed }), ...wider].join('\n')
}

/** The first value that would have got a column. */
function firstNewValue(state: TableState | undefined, event: JsonObject): Omit<Refusal, 'reason'> {
  const frozen = plan(state?.columns ?? [], event, { columns: 'freeze' })
  const at = frozen.conflicts.find(({ reason }) => reason === 'columns_frozen')
  return { path: at?.path ?? '', value: shown(at?.value) }
}

function shown(value: Plan['conflicts'][number]['value'] | undefined): string {
  return value === undefined ? '' : toJsonText(value).slice(0, LONGEST_VALUE)
}
