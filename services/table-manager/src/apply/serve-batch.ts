import { setTimeout as sleep } from 'node:timers/promises'
import { turnOf, type Destination, type EventPolicy } from '@tablestream/contract'
import { classify, mayBeDone } from '../bigquery/bigquery-errors.ts'
import type { KeptFresh } from '../freshness.ts'
import type { Batch } from './batch.ts'
import type { ChangeRequest, TableChange } from '../table-change.ts'
import type { ChangeOutcome, Tables, TableState } from '../tables.ts'
import { answerThoseDone } from './answers.ts'
import { applyStep, changeOf } from './apply-step.ts'
import { ChangePace } from './change-pace.ts'
import { formerTableOf } from './former-table.ts'
import { LostAnswers } from './lost-answers.ts'
import type { Step, StepPlanner } from './plan-step.ts'
import { Trouble } from './trouble.ts'

export interface BatchServerOptions {
  readonly tables: Tables
  readonly now: () => number
  /** Told of each change that was made. */
  readonly changed?: (change: TableChange) => void
  /** Waits; a test that moves the clock passes its own. */
  readonly pause?: (ms: number) => Promise<unknown>
  /** The service ends: what waits is given back. */
  readonly stopping?: AbortSignal
}

/** While a change has to wait, so often it is looked who waits for it. */
const LOOK_MS = 250

/** Makes one table fit for a batch of events: read, plan, apply one step under the etag, and again until it takes them. */
export class BatchServer {
  readonly #destination: Destination
  readonly #policy: EventPolicy
  readonly #options: BatchServerOptions
  readonly #planner: StepPlanner
  readonly #kept: KeptFresh<ChangeRequest>
  readonly #pace: ChangePace
  readonly #lostAnswers = new LostAnswers()
  #problem: unknown

  constructor(
    destination: Destination,
    policy: EventPolicy,
    planner: StepPlanner,
    kept: KeptFresh<ChangeRequest>,
    options: BatchServerOptions,
  ) {
    this.#destination = destination
    this.#policy = policy
    this.#planner = planner
    this.#kept = kept
    this.#options = options
    this.#pace = new ChangePace(options.now)
  }

  /** What stood in the way last: for those whose patience ends meanwhile. */
  get problem(): unknown {
    return this.#problem
  }

  /** Returns when all are answered, or the service ends. Throws nothing. */
  async serve(batch: Batch): Promise<void> {
    const trouble = new Trouble()
    this.#problem = undefined
    for (;;) {
      batch.gather()
      if (batch.isEmpty || this.#options.stopping?.aborted) return
      let step: Step | undefined
      try {
        if (this.#planner.isReadDue) this.#kept.forget()
        const source = turnOf(batch.requests[0]!.source)
        const state = await this.#kept.read(source)
        const former = state
          ? undefined
          : await formerTableOf(this.#destination, this.#options.tables, source)
        // who came while it was read is planned for as well: a column that is made has its type for good
        batch.gather()
        if (former !== undefined) {
          batch.settle({ outcome: 'former_table', former })
          continue
        }
        this.#planner.saw(state)
        this.#lostAnswers.foundIn(state).forEach((change) => this.#options.changed?.(change))
        answerThoseDone(batch, state, this.#planner, this.#policy)
        this.#postponeSurplus(batch)
        if (batch.isEmpty) continue
        const wait = this.#pace.waitBefore(state)
        if (wait > 0) {
          await this.#pause(wait, batch)
          this.#kept.forget()
          continue
        }
        step = this.#planner.step(state, batch.requests)
        // each asks for something and all together for nothing: what was read is looked at again
        const outcome: ChangeOutcome = step ? await this.#apply(state, step, batch) : { outcome: 'lost' }
        if (outcome.outcome === 'done') this.#done(outcome.state, step!, batch, trouble)
        else if (outcome.outcome === 'refused') this.#refused(outcome, step!, trouble)
        else await this.#lose(outcome, step, batch, trouble)
      } catch (error) {
        if (step && mayBeDone(error)) this.#lostAnswers.add(changeOf(this.#destination, step, batch.requests))
        await this.#failed(error, batch, trouble)
      }
    }
  }

  #apply(state: TableState | undefined, step: Step, { requests }: Batch): Promise<ChangeOutcome> {
    const { tables } = this.#options
    const source = turnOf(requests[0]!.source)
    const target = { tables, destination: this.#destination, policy: this.#policy, source }
    this.#pace.asked()
    return applyStep(target, state, step)
  }

  #done(state: TableState, step: Step, batch: Batch, trouble: Trouble): void {
    this.#kept.remember(state)
    this.#pace.changed()
    this.#planner.made(step)
    const change = changeOf(this.#destination, step, batch.requests)
    for (const request of batch.requests) request.progress = change.outcome
    this.#options.changed?.(change)
    trouble.isOver()
    // by what BigQuery has just said: what it says to the next who reads may be older
    answerThoseDone(batch, state, this.#planner, this.#policy)
  }

  async #lose(
    { outcome }: ChangeOutcome,
    step: Step | undefined,
    batch: Batch,
    trouble: Trouble,
  ): Promise<void> {
    if (outcome === 'unknown' && step)
      this.#lostAnswers.add(changeOf(this.#destination, step, batch.requests))
    this.#kept.forget()
    await this.#pause(trouble.waitAfterLoss(), batch)
  }

  #refused({ reason, isFinal }: Refused, step: Step, trouble: Trouble): void {
    this.#problem = new Error(reason)
    this.#kept.forget()
    // an answer is no trouble
    trouble.isOver()
    this.#planner.refused(step, { reason, isFinal })
  }

  #postponeSurplus(batch: Batch): void {
    const reason = `columns of its caller were refused; table ${this.#destination.table} is asked for others first`
    for (const request of this.#planner.surplus(batch.requests))
      request.settle({ outcome: 'postponed', reason })
    batch.dropSettled()
  }

  async #failed(error: unknown, batch: Batch, trouble: Trouble): Promise<void> {
    this.#kept.forget()
    this.#problem = error
    if (classify(error) === 'quota') this.#pace.limited()
    const wait = trouble.waitAfterFailure(error)
    if (wait === undefined) batch.fail(error)
    else await this.#pause(wait, batch)
  }

  /** Who comes meanwhile is not kept from room that there is for others. */
  async #pause(ms: number, batch: Batch): Promise<void> {
    for (let left = ms; left > 0; left -= LOOK_MS) {
      await this.#sleep(Math.min(left, LOOK_MS))
      batch.gather()
      this.#postponeSurplus(batch)
    }
  }

  async #sleep(ms: number): Promise<void> {
    const { pause, stopping } = this.#options
    if (pause) await pause(ms)
    else await sleep(ms, undefined, { ...(stopping && { signal: stopping }) }).catch(() => {})
  }
}

type Refused = ChangeOutcome & { readonly outcome: 'refused' }
