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
import { AskedTwice } from './asked-twice.ts'
import { Quarantine } from './quarantine.ts'
import { isWidening, Refusals, shortened, wideningKey } from './refusals.ts'
import { Suspects, type Asking, type Trial } from './suspects.ts'
import type { ChangeRequest, Refusal } from '../table-change.ts'
import type { TableState } from '../tables.ts'

/** One change of a table. Columns are added by the API and widened by DDL: an event that asks for both takes two. */
export interface Step {
  readonly kind: 'create' | 'alter' | 'widen'
  readonly plan: Plan
  /** What it is made of: each may be refused. */
  readonly keys: readonly string[]
  /** What it was planned for. */
  readonly state: TableState | undefined
  readonly requests: readonly ChangeRequest[]
  /** For which of them it is; for all, where nobody is suspected. */
  readonly trial?: Trial | undefined
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
  readonly #tableTwice: AskedTwice
  readonly #creating: PlanOptions
  readonly #changing: PlanOptions
  /** The table was refused with the columns of its events: it is tried without. */
  #isBare = false

  constructor(destination: Destination, policy: EventPolicy, now: () => number) {
    this.#policy = policy
    this.#refusals = new Refusals(now)
    this.#suspects = new Suspects(now)
    this.#tableTwice = new AskedTwice(now)
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
  step(state: TableState | undefined, requests: readonly ChangeRequest[]): Step | Wait | undefined {
    if (!state) return this.#creation(requests)
    if (this.#suspects.isIdle) return this.#alteration(state, requests)
    const trial = this.#suspects.next(this.#askings(state, requests))
    if (typeof trial !== 'number') return this.#alteration(state, requests, trial)
    return trial === Number.POSITIVE_INFINITY ? undefined : { kind: 'wait', ms: trial }
  }

  /** A step is made. */
  made({ keys, trial }: Step): void {
    if (trial) this.#suspects.taken(trial, keys)
    this.#tableTwice.forget(TABLE)
    this.#isBare = false
  }

  /**
   * BigQuery refused a step: what it is made of is tried apart, and what is refused alone is not asked for again for a while.
   *
   * @param isFinal whether BigQuery refuses it for good
   * @returns what may be asked for only later, where that is not certain
   */
  refused(step: Step, reason: string, isFinal: boolean): string | undefined {
    const key = this.#whatIsRefused(step)
    if (key === undefined) return undefined
    if (isFinal) this.#refusals.remember(key, reason)
    else if (key === TABLE) this.#tableTwice.keepApart(key)
    else this.#suspects.keepApart(key)
    return isFinal ? undefined : key
  }

  /** Whether one of its columns was refused: those of others come first. */
  isSuspect(request: ChangeRequest): boolean {
    return this.#suspects.isGuilty(idOf(request))
  }

  /** Nobody waits for this table now. */
  rest(): void {
    this.#suspects.rest()
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
    request: ChangeRequest,
  ): { isDone: boolean; refusal?: Refusal | undefined } {
    const { event } = request
    if (!state) {
      const reason = this.#refusals.reasonOf(TABLE)
      return reason === undefined
        ? { isDone: false }
        : { isDone: true, refusal: refusalOf(event, [], reason) }
    }
    const { columns, widened } = this.ask(state, event)
    const isOpen = widened.length > 0 || this.#openKeys(state, columns).length > 0
    if (isOpen && !this.#suspects.isDismissed(idOf(request))) return { isDone: false }
    const refusal = this.#refusalIn(state, event, columns)
    return { isDone: true, refusal: isOpen ? dismissal(refusal) : refusal }
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

  #creation(requests: readonly ChangeRequest[]): Step | Wait {
    const wait = this.#tableTwice.wait(TABLE) ?? 0
    if (wait > 0) return { kind: 'wait', ms: wait }
    const events = this.#isBare ? [{}] : requests.map(({ event }) => event)
    const created = planAll(undefined, events, this.#creating)
    const step = { kind: 'create', plan: created, keys: [TABLE], state: undefined, requests } as const
    return { ...step, primaryKey: this.#primaryKey }
  }

  /** @param trial for whom it is; for all, where nobody is suspected */
  #alteration(state: TableState, all: readonly ChangeRequest[], trial?: Trial): Step | undefined {
    const ids = trial && new Set(trial.askings.map(({ id }) => id))
    const events = all.filter((request) => !ids || ids.has(idOf(request))).map(({ event }) => event)
    // what is added first does not depend on a widening that may be refused
    const isNew = (path: string) => columnAt(state.columns, path) === undefined
    const adding = planAll(state.columns, events, { ...this.#changing, widen: isNew })
    const additions = this.#openKeys(state, adding.columns).filter(
      (key) => key !== KEY || !ids || ids.has(KEY),
    )
    const widening = planAll(state.columns, events, this.#changing)
    const wider = widening.widened.map(({ path, to }) => wideningKey(path, to))
    const keys = trial?.keys ?? [...additions, ...wider].filter((key) => !this.#suspects.isApart(key))
    if (keys.length === 0) return undefined
    return { ...this.#stepOf(state, events, adding, keys), state, requests: all, trial }
  }

  #whatIsRefused({ kind, keys, plan: { columns }, state, requests, trial }: Step): string | undefined {
    const base = this.#base()
    if (kind === 'create' && columns.length === base.length)
      return this.#tableTwice.refused(TABLE) ? TABLE : undefined
    const askings = trial?.askings ?? this.#askings(state, requests)
    if (kind === 'create') {
      this.#isBare = true
      this.#suspects.refused(
        { way: 'fresh', askings },
        additionsOf(base, columns).map(({ key }) => key),
      )
      return undefined
    }
    // columns and types together take two steps
    const isMeant = (key: string) => isWidening(key) === (kind === 'widen')
    const meant = askings.filter((asking) => asking.keys.some(isMeant))
    return this.#suspects.refused({ way: 'fresh', ...trial, askings: meant }, keys)
  }

  #askings(state: TableState | undefined, requests: readonly ChangeRequest[]): readonly Asking[] {
    const askings = requests.map((request) => this.#asking(state, request))
    const lacksKey = state && this.lacksKey(state) && !this.#isRefused(KEY)
    return lacksKey ? [...askings, { id: KEY, source: KEY, keys: [KEY] }] : askings
  }

  #asking(state: TableState | undefined, request: ChangeRequest): Asking {
    const { columns, widened } = this.ask(state, request.event)
    const additions = additionsOf(state?.columns ?? this.#base(), columns).map(({ key }) => key)
    const keys = [...additions, ...widened.map(({ path, to }) => wideningKey(path, to))]
    const open = this.#refusals.isEmpty ? keys : keys.filter((key) => !this.#isRefused(key))
    return { id: idOf(request), source: request.source, keys: open }
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
  #stepOf(
    state: TableState,
    events: readonly JsonObject[],
    adding: Plan,
    keys: readonly string[],
  ): Pick<Step, 'kind' | 'plan' | 'keys' | 'primaryKey'> {
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

  #isRefused(key: string): boolean {
    return this.#refusals.reasonOf(key) !== undefined
  }

  #refusalIn(state: TableState, event: JsonObject, columns: readonly Column[]): Refusal | undefined {
    if (this.#refusals.isEmpty) return undefined
    const refusals = additionsOf(state.columns, columns).flatMap(({ key, at }) => {
      const reason = this.#refusals.reasonOf(key)
      return reason === undefined ? [] : [refusalOf(event, at, reason)]
    })
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

/** The same event when it is delivered again; a name of fixed length. */
function idOf({ source, eventId }: ChangeRequest): string {
  return shortened(JSON.stringify([source, eventId]))
}

/** @param first of the columns that are refused */
function dismissal(first: Refusal | undefined): Refusal {
  const { reason = '', path = '', value = '' } = first ?? {}
  return {
    reason: `so many of its columns are refused that the rest is not asked for now: ${reason}`,
    path,
    value,
  }
}

function refusalOf(event: JsonObject, at: readonly string[], reason: string): Refusal {
  const found = at.length === 0 ? undefined : valueAt(event, at)
  return { reason, path: found?.path ?? '', value: shown(found?.value) }
}

function shown(value: Plan['conflicts'][number]['value'] | undefined): string {
  return value === undefined ? '' : toJsonText(value).slice(0, LONGEST_VALUE)
}
