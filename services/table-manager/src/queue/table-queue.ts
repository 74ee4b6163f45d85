import type { Destination, EventPolicy } from '@tablestream/contract'
import { StepPlanner } from '../apply/plan-step.ts'
import { BatchServer, type BatchServerOptions } from '../apply/serve-batch.ts'
import { KeptFresh } from '../freshness.ts'
import type { ChangeRequest, ChangeResult } from '../table-change.ts'
import type { TableState } from '../tables.ts'
import { Batch } from '../apply/batch.ts'
import { WaitingRequest } from '../apply/waiting-request.ts'

export interface TableQueueOptions extends BatchServerOptions {
  /** Milliseconds for which a table is taken to be as it was last seen; it may change with the number of tables. */
  readonly cacheMs: () => number
  /** Told of the table whenever it was read or changed, where rows of it may be there twice. */
  readonly seen?: (table: string, state: TableState) => void
  /** How long an event waits for its change: Cloud Run ends a request after 60 s. */
  readonly patienceMs?: number
}

const FITS = Promise.resolve<ChangeResult>({ outcome: 'fits' })
const PATIENCE_MS = 50_000

/**
 * The events of one table. What fits is answered at once; what arrives while a change is under way, or waits for its turn,
 * goes into the next change together, and is answered as soon as the table takes it. A change that is refused is divided, until it
 * is known which of its columns BigQuery refuses.
 */
export class TableQueue {
  readonly #destination: Destination
  readonly #options: TableQueueOptions
  readonly #planner: StepPlanner
  readonly #kept: KeptFresh<ChangeRequest>
  readonly #server: BatchServer
  #waiting: WaitingRequest[] = []
  #served: Batch | undefined

  constructor(destination: Destination, policy: EventPolicy, options: TableQueueOptions) {
    this.#destination = destination
    this.#options = options
    const { tables, cacheMs, now, seen } = options
    const { table } = destination
    this.#planner = new StepPlanner(destination, policy, now)
    this.#kept = new KeptFresh({
      tables,
      table,
      cacheMs,
      now,
      seen: (state) => {
        if (policy.duplicates === 'view') seen?.(table, state)
      },
    })
    this.#server = new BatchServer(destination, policy, this.#planner, this.#kept, options)
  }

  get isIdle(): boolean {
    return this.#served === undefined
  }

  /** Resolves when the table takes the event, or never will, or others go before. Rejects when that may work later. */
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
    for (const request of [...this.#waiting.splice(0), ...(this.#served?.requests ?? [])])
      request.fail(new Error(`the service stops; table ${this.#destination.table} is left to the next try`))
  }

  // a change that fails here is tried again by the next event, and by the one that waits in the writer
  readonly #look = (request: ChangeRequest): void => {
    this.#enqueue(request).catch(() => {})
  }

  #enqueue(request: ChangeRequest): Promise<ChangeResult> {
    const { patienceMs = PATIENCE_MS, now } = this.#options
    const waits = { since: now(), patienceMs }
    const waiting = new WaitingRequest(request, waits, () => this.#impatience(patienceMs))
    this.#waiting.push(waiting)
    if (!this.#served) void this.#work()
    return waiting.answer
  }

  #impatience(patienceMs: number): Error {
    const message = `table ${this.#destination.table} could not be made fit within ${patienceMs / 1000} s`
    return new Error(message, { cause: this.#server.problem })
  }

  #takeWaiting(takes: (request: WaitingRequest) => boolean): readonly WaitingRequest[] {
    const taken = new Set(this.#waiting.filter(takes))
    this.#waiting = this.#waiting.filter((request) => !taken.has(request))
    return [...taken]
  }

  async #work(): Promise<void> {
    this.#served = new Batch((takes) => this.#takeWaiting(takes))
    while (this.#waiting.length > 0) {
      if (this.#options.stopping?.aborted) this.giveUp()
      await this.#server.serve(this.#served)
    }
    if (this.#options.stopping?.aborted) this.giveUp()
    this.#served = undefined
  }
}
