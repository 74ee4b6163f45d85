import { setTimeout as sleep } from 'node:timers/promises'
import type { Destination, EventPolicy } from '@tablestream/contract'
import { backoff } from '@tablestream/service-kit'
import { applyStep, changeOf, type Target } from './apply-step.ts'
import { classify, mayBeDone } from './bigquery-errors.ts'
import { waitBeforeChange } from './change-pace.ts'
import { KeptFresh } from './keep-fresh.ts'
import { LostAnswers } from './lost-answers.ts'
import { StepPlanner, stepKey, type Step } from './plan-step.ts'
import type { ChangeRequest, ChangeResult, TableChange } from './table-change.ts'
import type { ChangeOutcome, Tables, TableState } from './tables.ts'
import { WaitingRequest } from './waiting-request.ts'

export interface TableChangerOptions {
  readonly tables: Tables
  readonly cacheMs: number
  readonly now: () => number
  readonly changed?: (change: TableChange) => void
  /** Told of the table whenever it was read or changed, where rows of it may be there twice. */
  readonly seen?: (table: string, state: TableState) => void
  /** Waits; a test that moves the clock passes its own. */
  readonly pause?: (ms: number) => Promise<unknown>
  /** How long an event waits for its change: Cloud Run ends a request after 60 s. */
  readonly patienceMs?: number
  /** The service ends: what waits is given back. */
  readonly stopping?: AbortSignal
}

/** Events whose change is made together. A part of a batch that was refused takes nobody in. */
interface Batch {
  requests: WaitingRequest[]
  readonly takesMore: boolean
}

/** What went wrong for a batch since its last change. */
interface Trouble {
  failures: number
  quotas: number
  losses: number
  /** The step that was refused last. */
  refused?: string
  /** The state after which others got their time. */
  waitedFor?: TableState | undefined
}

const FITS = Promise.resolve<ChangeResult>({ outcome: 'fits' })
const PATIENCE_MS = 50_000
const MOST_TOGETHER = 1000
const MOST_FAILURES = 8
const RETRYING = { firstMs: 50, longestMs: 2000 }
const LOSING = { firstMs: 25, longestMs: 4000 }
const ASK_AGAIN_MS = 1000
const QUOTA_USED_UP = { firstMs: 1000, longestMs: 10_000 }
/** Instances that wait for one change do not all wake at once. */
const SPREAD_MS = 400

/**
 * Keeps one table fit for the events that come: read, plan, apply one step under the etag, and again until it takes them.
 * Events that arrive while a change is under way, or waits for its turn, go into the next change together; each is answered
 * as soon as the table takes it. A change that is refused for several is tried for fewer, until it is told whose it is.
 */
export class TableChanger {
  readonly #destination: Destination
  readonly #policy: EventPolicy
  readonly #options: TableChangerOptions
  readonly #planner: StepPlanner
  readonly #kept: KeptFresh<ChangeRequest>
  readonly #lostAnswers = new LostAnswers()
  readonly #target: Target
  #waiting: WaitingRequest[] = []
  #parts: WaitingRequest[][] = []
  #served: readonly WaitingRequest[] = []
  #isWorking = false
  #problem: unknown

  constructor(destination: Destination, policy: EventPolicy, options: TableChangerOptions) {
    this.#destination = destination
    this.#policy = policy
    this.#options = options
    const { tables, cacheMs, now, seen } = options
    const { table } = destination
    this.#planner = new StepPlanner(destination, policy, now)
    this.#target = { tables, destination, policy, planner: this.#planner }
    this.#kept = new KeptFresh({
      tables,
      table,
      cacheMs,
      now,
      seen: (state) => {
        if (policy.duplicates === 'view') seen?.(table, state)
      },
    })
  }

  get isIdle(): boolean {
    return !this.#isWorking
  }

  /** Resolves when the table takes the event, or never will. Rejects when that may work later. */
  fit(request: ChangeRequest): Promise<ChangeResult> {
    try {
      return this.#fitsNow(request) ?? this.#enqueue(request)
    } catch (error) {
      return Promise.reject(error)
    }
  }

  /** undefined where the table has to be read or changed first. */
  #fitsNow(request: ChangeRequest): Promise<ChangeResult> | undefined {
    const { state } = this.#kept
    if (!state || this.#planner.lacksKey(state)) return undefined
    this.#planner.observe(state, request.event)
    const { outcome, conflicts } = this.#planner.ask(state, request.event)
    if (outcome !== 'fits') return undefined
    this.#kept.verifyLater(request, this.#look)
    const refusal = conflicts.length > 0 && this.#planner.refusedWidening(state, request.event)
    return refusal ? Promise.resolve({ outcome: 'refused', ...refusal }) : FITS
  }

  /** Gives back all that wait. */
  giveUp(): void {
    for (const request of [...this.#waiting, ...this.#parts.flat(), ...this.#served]) this.#giveBack(request)
  }

  // a change that fails here is tried again by the next event, and by the one that waits in the writer
  readonly #look = (request: ChangeRequest): void => {
    this.#enqueue(request).catch(() => {})
  }

  #enqueue(request: ChangeRequest): Promise<ChangeResult> {
    const { patienceMs = PATIENCE_MS } = this.#options
    const waiting = new WaitingRequest(request, patienceMs, () => this.#impatience(patienceMs))
    this.#waiting.push(waiting)
    if (!this.#isWorking) void this.#work()
    return waiting.answer
  }

  #impatience(patienceMs: number): Error {
    const message = `table ${this.#destination.table} could not be made fit within ${patienceMs / 1000} s`
    return new Error(message, { cause: this.#problem })
  }

  #giveBack(request: WaitingRequest): void {
    request.fail(new Error(`the service stops; table ${this.#destination.table} is left to the next try`))
  }

  async #work(): Promise<void> {
    this.#isWorking = true
    for (;;) {
      const part = this.#parts.shift()
      if (part) await this.#serve({ requests: part, takesMore: false })
      else if (this.#waiting.length > 0) await this.#serve({ requests: [], takesMore: true })
      else break
    }
    this.#served = []
    this.#problem = undefined
    this.#isWorking = false
  }

  /** Step by step, until all are answered. Throws nothing. */
  async #serve(batch: Batch): Promise<void> {
    const trouble: Trouble = { failures: 0, quotas: 0, losses: 0 }
    for (;;) {
      this.#gather(batch)
      if (batch.requests.length === 0) return
      let step: Step | undefined
      try {
        const state = await this.#kept.read()
        this.#lostAnswers.foundIn(state).forEach((change) => this.#options.changed?.(change))
        this.#answerThoseDone(state, batch)
        if (batch.requests.length === 0) return
        if (await this.#waitedForItsTurn(state, trouble)) continue
        step = this.#planner.step(
          state,
          batch.requests.map(({ event }) => event),
        )
        // each asks for something and all together for nothing: what was read is looked at again
        if (!step) await this.#lose(trouble)
        else if (await this.#settle(await applyStep(this.#target, state, step), step, batch, trouble)) return
      } catch (error) {
        if (step && mayBeDone(error)) this.#lostAnswers.add(changeOf(this.#destination, step, batch.requests))
        if (await this.#failed(error, batch, trouble)) return
      }
    }
  }

  #gather(batch: Batch): void {
    if (batch.takesMore) {
      batch.requests.push(...this.#waiting.splice(0, MOST_TOGETHER - batch.requests.length))
    }
    batch.requests = batch.requests.filter(({ isSettled }) => !isSettled)
    this.#served = batch.requests
    if (this.#options.stopping?.aborted) {
      this.giveUp()
      batch.requests = []
    }
  }

  #answerThoseDone(state: TableState | undefined, batch: Batch): void {
    batch.requests = batch.requests.filter((request) => {
      try {
        const result = this.#resultFor(state, request)
        if (result) request.settle(result)
        return !result
      } catch (error) {
        // an event that cannot be planned for must not keep the others from their columns
        request.fail(error)
        return false
      }
    })
    this.#served = batch.requests
  }

  /** undefined while the table does not take the event yet. */
  #resultFor(state: TableState | undefined, { event, progress }: WaitingRequest): ChangeResult | undefined {
    if (!state && this.#policy.tables === 'freeze') return { outcome: 'frozen' }
    const planner = this.#planner
    if (state) planner.observe(state, event)
    const asked = planner.ask(state, event)
    if (state && asked.outcome === 'fits' && !planner.lacksKey(state)) {
      const refusal = planner.refusedWidening(state, event)
      return refusal ? { outcome: 'refused', ...refusal } : { outcome: progress }
    }
    const refusal = planner.refusedAddition(state, event, asked)
    return refusal && { outcome: 'refused', ...refusal }
  }

  /** Tells whether it has waited: the table may be another one since. */
  async #waitedForItsTurn(state: TableState | undefined, trouble: Trouble): Promise<boolean> {
    const wait = state ? waitBeforeChange(state, this.#options.now()) : 0
    // once for each change of somebody else's: rows that are written may count as modifications too
    if (wait === 0 || hasSameColumns(state, trouble.waitedFor)) return false
    trouble.waitedFor = state
    await this.#pause(wait + Math.random() * SPREAD_MS)
    this.#kept.forget()
    return true
  }

  /** Tells whether the batch has found its end. */
  async #settle(outcome: ChangeOutcome, step: Step, batch: Batch, trouble: Trouble): Promise<boolean> {
    if (outcome.outcome === 'done') {
      this.#kept.remember(outcome.state)
      const change = changeOf(this.#destination, step, batch.requests)
      for (const request of batch.requests) request.progress = change.outcome
      this.#options.changed?.(change)
      Object.assign(trouble, { failures: 0, quotas: 0, losses: 0 })
      // by what BigQuery has just said: what it says to the next who reads may be older
      this.#answerThoseDone(outcome.state, batch)
      return false
    }
    if (outcome.outcome === 'refused') return this.#refused(outcome, step, batch, trouble)
    if (outcome.outcome === 'unknown')
      this.#lostAnswers.add(changeOf(this.#destination, step, batch.requests))
    await this.#lose(trouble)
    return false
  }

  async #lose(trouble: Trouble): Promise<void> {
    this.#kept.forget()
    await this.#pause(backoff(++trouble.losses, LOSING))
  }

  async #refused(
    { reason, isFinal }: ChangeOutcome & { readonly outcome: 'refused' },
    step: Step,
    batch: Batch,
    trouble: Trouble,
  ): Promise<boolean> {
    this.#problem = new Error(reason)
    this.#kept.forget()
    if (step.kind === 'widen' && step.plan.widened.length > 1) {
      this.#planner.suspect(step)
      return false
    }
    if (step.kind !== 'widen' && batch.requests.length > 1) {
      this.#divide(batch)
      return true
    }
    const key = stepKey(step)
    if (trouble.refused !== key) {
      // it may have been planned for a table that is another one since: what is read anew decides
      trouble.refused = key
      await this.#pause(ASK_AGAIN_MS)
      return false
    }
    if (isFinal) this.#planner.refuse(step, reason)
    else for (const request of batch.requests) request.fail(new Error(reason))
    return !isFinal
  }

  #divide({ requests }: Batch): void {
    const half = requests.length >> 1
    this.#parts.unshift(requests.slice(0, half), requests.slice(half))
  }

  async #failed(error: unknown, { requests }: Batch, trouble: Trouble): Promise<boolean> {
    this.#kept.forget()
    this.#problem = error
    // a quota comes back: for as long as the events have patience
    const isQuota = classify(error) === 'quota'
    if (!isQuota && ++trouble.failures === MOST_FAILURES) {
      for (const request of requests) request.fail(error)
      return true
    }
    await this.#pause(
      isQuota ? backoff(++trouble.quotas, QUOTA_USED_UP) : backoff(trouble.failures, RETRYING),
    )
    return false
  }

  async #pause(ms: number): Promise<void> {
    const { pause, stopping } = this.#options
    if (pause) await pause(ms)
    else await sleep(ms, undefined, { ...(stopping && { signal: stopping }) }).catch(() => {})
  }
}

function hasSameColumns(one: TableState | undefined, two: TableState | undefined): boolean {
  return one !== undefined && two !== undefined && JSON.stringify(one.fields) === JSON.stringify(two.fields)
}
