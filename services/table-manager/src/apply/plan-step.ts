import type { Destination, EventPolicy } from '@tablestream/contract'
import {
  columnFinder,
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
import { isWidening, Refusals, shortened, wideningKey } from './refusals.ts'
import { Suspects, type Path } from './suspects.ts'
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
  /** Who asks for it. */
  readonly requests: readonly ChangeRequest[]
  /** What is asked for by it of all that they ask for; all of it, where nobody is under suspicion. */
  readonly asked?: readonly Path[] | undefined
  /** The primary key that the table gets by it. */
  readonly primaryKey?: readonly string[] | undefined
}

/** What is left to do for an event. */
export type Left =
  | { readonly outcome: 'something' }
  | { readonly outcome: 'nothing' }
  | ({ readonly outcome: 'refused' } & Refusal)
  /** What is left was refused, and that is doubted still. */
  | { readonly outcome: 'postponed'; readonly reason: string }

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

  /** Whether what was refused is doubted for so long that the table has to be read anew. */
  get isReadDue(): boolean {
    return this.#refusals.isReadDue
  }

  /** The table is like this now. */
  saw(state: TableState | undefined): void {
    this.#refusals.saw(state)
  }

  /** The next change for these events; undefined where there is none. */
  step(state: TableState | undefined, requests: readonly ChangeRequest[]): Step | undefined {
    if (!state) return this.#creation(requests)
    if (this.#suspects.isIdle) return this.#alteration(state, requests)
    return this.#alteration(state, requests, this.#suspects.next(this.#pathsOf(state, requests)))
  }

  /** A step is made. */
  made({ kind, state, asked }: Step): void {
    if (asked) this.#suspects.taken(meantBy(kind, asked))
    if (state && kind === 'alter') this.#refusals.wasCurrent(state)
    this.#isBare = false
  }

  /** BigQuery refused a step: what it is made of is tried apart, and what is refused alone is not asked for again for a while. */
  refused(step: Step, refusal: { readonly reason: string; readonly isFinal: boolean }): void {
    const { kind, keys, plan: planned, state, requests, asked } = step
    const [key, ...others] = keys
    const isBlamedOnColumns = kind !== 'create' || planned.columns.length > this.#base().length
    if (isBlamedOnColumns) this.#suspects.refused(meantBy(kind, asked ?? this.#pathsOf(state, requests)))
    if (kind === 'create' && isBlamedOnColumns) this.#isBare = true
    else if (key !== undefined && others.length === 0) this.#refusals.remember(key, refusal, state)
  }

  /** Those of callers under suspicion who would wait for too long. */
  surplus<Request extends ChangeRequest & { readonly since: number }>(
    requests: readonly Request[],
  ): readonly Request[] {
    if (this.#suspects.isIdle) return []
    const waiting = requests.map((request) => ({ request, since: request.since, path: pathOf(request, '') }))
    return this.#suspects.surplus(waiting).map(({ request }) => request)
  }

  /** What is to be done for an event. */
  leftFor(state: TableState | undefined, event: JsonObject): Left {
    const keys = state ? this.#keysOf(state, event) : [TABLE]
    if (keys.some((key) => this.#refusals.isOpen(key))) return { outcome: 'something' }
    for (const key of keys) {
      const reason = this.#refusals.doubtOf(key)
      if (reason !== undefined) return { outcome: 'postponed', reason }
    }
    const refusal = this.#refusalIn(state, event)
    return refusal ? { outcome: 'refused', ...refusal } : { outcome: 'nothing' }
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

  #creation(requests: readonly ChangeRequest[]): Step {
    const events = this.#isBare ? [{}] : requests.map(({ event }) => event)
    const created = planAll(undefined, events, this.#creating)
    const step = { kind: 'create', plan: created, keys: [TABLE], state: undefined, requests } as const
    return { ...step, primaryKey: this.#primaryKey }
  }

  /** @param asked what is asked for next; all, where it is left out */
  #alteration(
    state: TableState,
    requests: readonly ChangeRequest[],
    asked?: readonly Path[],
  ): Step | undefined {
    const names = asked && new Set(asked.map(([, , event]) => event))
    const meant = names ? requests.filter((request) => names.has(nameOf(request))) : requests
    const events = meant.map(({ event }) => event)
    // what is added first does not depend on a widening that may be refused
    const at = columnFinder(state.columns)
    const adding = planAll(state.columns, events, {
      ...this.#changing,
      widen: (path) => at(path) === undefined,
    })
    const { widened } = planAll(state.columns, events, this.#changing)
    const all = [...this.#additionKeys(state, adding.columns), ...wideningKeys(widened)]
    // several together may ask for what none of them asks for alone
    const columns = asked && new Set(asked.map(([, , , column]) => column))
    const isMeant = (key: string) => !columns || columns.has(key) || (key !== KEY && names!.size > 1)
    const keys = all.filter((key) => this.#refusals.isOpen(key) && isMeant(key))
    if (keys.length === 0) return undefined
    return { ...this.#stepOf(state, events, adding, keys), state, requests, asked }
  }

  /** All that may be asked for. */
  #pathsOf(state: TableState | undefined, requests: readonly ChangeRequest[]): readonly Path[] {
    const paths = requests.flatMap((request) => {
      const keys = this.#keysOf(state, request.event).filter(
        (key) => key !== KEY && this.#refusals.isOpen(key),
      )
      return keys.map((key) => pathOf(request, key))
    })
    const asksForKey = state && this.lacksKey(state) && this.#refusals.isOpen(KEY)
    return asksForKey ? [...paths, [KEY, KEY, KEY, KEY]] : paths
  }

  /** What the table lacks for an event; of one that does not exist, beside what each of its type has. */
  #keysOf(state: TableState | undefined, event: JsonObject): readonly string[] {
    const { columns, widened } = this.ask(state, event)
    if (state) return [...this.#additionKeys(state, columns), ...wideningKeys(widened)]
    return additionsOf(this.#base(), columns).map(({ key }) => key)
  }

  #additionKeys(state: TableState, columns: readonly Column[]): readonly string[] {
    const keys = additionsOf(state.columns, columns).map(({ key }) => key)
    return this.lacksKey(state) ? [...keys, KEY] : keys
  }

  get #primaryKey(): readonly string[] | undefined {
    return this.#policy.duplicates === 'upsert' ? PRIMARY_KEY : undefined
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
    return { kind: 'widen', plan: wider, keys: wideningKeys(wider.widened) }
  }

  #isRefused(key: string): boolean {
    return this.#refusals.reasonOf(key) !== undefined
  }

  #refusalIn(state: TableState | undefined, event: JsonObject): Refusal | undefined {
    if (this.#refusals.isEmpty) return undefined
    if (!state) return refusalOf(event, [], this.#refusals.reasonOf(TABLE) ?? '')
    const { columns } = this.ask(state, event)
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
function nameOf({ source, eventId }: ChangeRequest): string {
  return shortened(JSON.stringify([source, eventId]))
}

function pathOf(request: ChangeRequest, key: string): Path {
  return [request.caller, request.source, nameOf(request), key]
}

/** Columns and types together take two steps. */
function meantBy(kind: Step['kind'], asked: readonly Path[]): readonly Path[] {
  return asked.filter(([, , , key]) => isWidening(key) === (kind === 'widen'))
}

function wideningKeys(widened: Plan['widened']): readonly string[] {
  return widened.map(({ path, to }) => wideningKey(path, to))
}

function refusalOf(event: JsonObject, at: readonly string[], reason: string): Refusal {
  const found = at.length === 0 ? undefined : valueAt(event, at)
  return { reason, path: found?.path ?? '', value: shown(found?.value) }
}

function shown(value: Plan['conflicts'][number]['value'] | undefined): string {
  return value === undefined ? '' : toJsonText(value).slice(0, LONGEST_VALUE)
}
