import { setTimeout as sleep } from 'node:timers/promises'
import type { Destination, EventPolicy } from '@tablestream/contract'
import { mayBeDone } from '../bigquery/bigquery-errors.ts'
import type { KeptFresh } from '../freshness.ts'
import type { Batch } from '../queue/batch.ts'
import type { WaitingRequest } from '../queue/waiting-request.ts'
import type { ChangeRequest, TableChange } from '../table-change.ts'
import type { ChangeOutcome, Tables, TableState } from '../tables.ts'
import { answerThoseDone } from './answers.ts'
import { applyStep, changeOf } from './apply-step.ts'
import { ChangePace } from './change-pace.ts'
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

/** Who comes while what was refused waits for its second try is not kept from its turn for longer. */
const LONGEST_WAIT_MS = 200
/** An event one of whose columns was refused waits so long for the verdict on the others, and then is asked for again. */
const SUSPECT_PATIENCE_MS = 20_000

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
      if (batch.isEmpty || this.#options.stopping?.aborted) return this.#planner.rest()
      let step: Step | undefined
      try {
        const state = await this.#kept.read(batch.requests[0]!.source)
        this.#lostAnswers.foundIn(state).forEach((change) => this.#options.changed?.(change))
        answerThoseDone(batch, state, this.#planner, this.#policy)
        this.#giveBackSuspects(batch)
        if (batch.isEmpty) continue
        const next = this.#planner.step(state, batch.requests)
        const wait = next?.kind === 'wait' ? Math.min(next.ms, LONGEST_WAIT_MS) : this.#pace.waitBefore(state)
        if (wait > 0) {
          await this.#pause(wait)
          this.#kept.forget()
          continue
        }
        step = next?.kind === 'wait' ? undefined : next
        // each asks for something and all together for nothing: what was read is looked at again
        const outcome: ChangeOutcome = step ? await this.#apply(state, step, batch) : { outcome: 'lost' }
        if (outcome.outcome === 'done') this.#done(outcome.state, step!, batch, trouble)
        else if (outcome.outcome === 'refused') this.#refused(outcome, state, step!, batch, trouble)
        else await this.#lose(outcome, step, batch, trouble)
      } catch (error) {
        if (step && mayBeDone(error)) this.#lostAnswers.add(changeOf(this.#destination, step, batch.requests))
        await this.#failed(error, batch, trouble)
      }
    }
  }

  #apply(state: TableState | undefined, step: Step, { requests }: Batch): Promise<ChangeOutcome> {
    const { tables } = this.#options
    const source = requests[0]!.source
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
    await this.#pause(trouble.waitAfterLoss())
  }

  #refused(
    { reason, isFinal }: Refused,
    state: TableState | undefined,
    step: Step,
    batch: Batch,
    trouble: Trouble,
  ): void {
    const error = new Error(reason)
    this.#problem = error
    this.#kept.forget()
    // an answer is no trouble
    trouble.isOver()
    const later = this.#planner.refused(step, reason, isFinal)
    if (later !== undefined) batch.fail(error, ({ event }) => this.#planner.asksFor(later, state, event))
  }

  /** So that those whose columns are refused do not fill the room of others, who wait for theirs. */
  #giveBackSuspects(batch: Batch): void {
    const now = this.#options.now()
    const isTired = (request: WaitingRequest): boolean => {
      if (!this.#planner.isSuspect(request)) return false
      request.suspectSince ??= now
      return now - request.suspectSince >= SUSPECT_PATIENCE_MS
    }
    const message = `columns of this event were refused; table ${this.#destination.table} is asked for the others later`
    batch.fail(new Error(message, { cause: this.#problem }), isTired)
  }

  async #failed(error: unknown, batch: Batch, trouble: Trouble): Promise<void> {
    this.#kept.forget()
    this.#problem = error
    const wait = trouble.waitAfterFailure(error)
    if (wait === undefined) batch.fail(error)
    else await this.#pause(wait)
  }

  async #pause(ms: number): Promise<void> {
    const { pause, stopping } = this.#options
    if (pause) await pause(ms)
    else await sleep(ms, undefined, { ...(stopping && { signal: stopping }) }).catch(() => {})
  }
}

type Refused = ChangeOutcome & { readonly outcome: 'refused' }
