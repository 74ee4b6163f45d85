import { GoogleError } from '../google-error.ts'
import {
  readFaultPlan,
  type FaultKind,
  type FaultPlan,
  type FaultPoint,
  type FaultRule,
} from './fault-plan.ts'

/** A fault that is due now. */
export interface Fault {
  readonly kind: FaultKind
  /** What the caller hears, where it hears an error. */
  readonly error: GoogleError
  /** Milliseconds, where it takes time. */
  readonly ms: number
}

/** What a service needs to let faults happen. */
export interface Trouble {
  readonly faults: Faults
  /** Breaks the connections of the service's port. */
  readonly dropConnections: () => void
}

export interface InjectedFaults {
  readonly on: FaultPoint
  readonly do: FaultKind
  /** How often the rule was asked. */
  readonly calls: number
  readonly injected: number
}

interface ActiveRule {
  readonly rule: FaultRule
  readonly random: () => number
  calls: number
  injected: number
}

/** Decides at each call whether a rule of the plan strikes, and counts. Without a plan nothing does. */
export class Faults {
  readonly #now: () => number
  #plan: FaultPlan | undefined
  #rules = new Map<FaultPoint, ActiveRule[]>()
  #since = 0

  constructor(now: () => number) {
    this.#now = now
  }

  get plan(): FaultPlan | undefined {
    return this.#plan
  }

  /** @throws Error where the plan is none */
  set(value: unknown): void {
    const plan = readFaultPlan(value)
    this.clear()
    this.#plan = plan
    this.#since = this.#now()
    plan.rules.forEach((rule, index) => {
      // a sequence of its own for each rule, by its place in the plan: what one draws moves no other
      const random = seededRandom((plan.seed ?? 1) * 1_000_003 + index)
      const active = this.#rules.get(rule.on) ?? []
      active.push({ rule, random, calls: 0, injected: 0 })
      this.#rules.set(rule.on, active)
    })
  }

  clear(): void {
    this.#plan = undefined
    this.#rules = new Map()
  }

  /**
   * The fault that strikes this call, if one does: the first rule that fits.
   *
   * @param column whose rules are asked, for `bigquery.column`
   */
  at(point: FaultPoint, column?: string): Fault | undefined {
    const rules = this.#rules
      .get(point)
      ?.filter(({ rule }) => rule.column === undefined || new RegExp(rule.column, 'u').test(column ?? ''))
    if (!rules?.length) return undefined
    let struck: ActiveRule | undefined
    // every rule draws at every call, so that its sequence does not depend on the others
    for (const active of rules) if (this.#strikes(active)) struck ??= active
    if (!struck) return undefined
    struck.injected++
    const { rule, random } = struck
    const { do: kind, status = 'UNAVAILABLE', ms = 0 } = rule
    const [least, most] = typeof ms === 'number' ? [ms, ms] : ms
    const error = new GoogleError(status, `injected fault: ${kind} on ${point}`)
    return { kind, error, ms: least + Math.round(random() * (most - least)) }
  }

  /** What is left of them after each was a call of its own; those that a fault struck are given to `struck`. */
  takes<T>(point: FaultPoint, items: readonly T[], struck: (item: T, fault: Fault) => void): readonly T[] {
    if (!this.#rules.has(point)) return items
    return items.filter((item) => {
      const fault = this.at(point)
      if (fault) struck(item, fault)
      return !fault
    })
  }

  /** How often each rule struck, in the order of the plan. */
  injected(): InjectedFaults[] {
    const all = [...this.#rules.values()].flat()
    return (this.#plan?.rules ?? []).map((rule) => {
      const { calls, injected } = all.find((active) => active.rule === rule)!
      return { on: rule.on, do: rule.do, calls, injected }
    })
  }

  #strikes(active: ActiveRule): boolean {
    const { rule } = active
    const elapsed = this.#now() - this.#since
    if (elapsed < (rule.fromMs ?? 0) || elapsed >= (rule.untilMs ?? Number.POSITIVE_INFINITY)) return false
    active.calls++
    if (rule.at) return rule.at.includes(active.calls)
    if (rule.every !== undefined) return active.calls % rule.every === 0
    return active.random() < rule.probability!
  }
}

/** mulberry32: 32 bits of state are plenty for dice. */
function seededRandom(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}
