import type { Publisher } from '@tablestream/service-kit'
import type { EventStream } from './event-stream.ts'
import type { Schedule } from './schedule.ts'

export type TaskState = 'running' | 'finished' | 'stopped'

export interface TaskOptions {
  readonly id: string
  readonly scenario?: string | undefined
  readonly stream: EventStream
  readonly schedule: Schedule
  readonly publisher: Publisher
  readonly published: (type: string, count: number) => void
  /** Milliseconds since 1970. */
  readonly now: () => number
}

export interface TaskStatus {
  readonly task_id: string
  readonly scenario?: string
  readonly state: TaskState
  readonly started_at: string
  readonly elapsed_seconds: number
  readonly duration_seconds: number
  readonly asked_events_per_second: number
  /** Since the beginning. */
  readonly kept_events_per_second: number
  readonly events_in_all: number
  /** Due by now, and not published. */
  readonly events_behind: number
  readonly published: number
  readonly failed: number
  readonly published_by_type: Readonly<Record<string, number>>
  readonly published_by_trouble: Readonly<Record<string, number>>
  /** Why the rate is not kept, or what went wrong last. */
  readonly problem?: string
}

/** Messages that were given to Pub/Sub and not answered: beyond so many the rate is more than can be published. */
const MOST_UNDER_WAY = 20_000
const BATCH = 1000
/** This far behind the rate is not kept: within 2 % over a minute, and never less than a second's events. */
const ALLOWED_SECONDS = 1.2

/**
 * Publishes a stream by its schedule. What is due follows from the time alone and never from how long a publish took: a
 * tick that comes late publishes more.
 */
export class Task {
  readonly id: string
  readonly #options: TaskOptions
  readonly #started: number
  #ended: number | undefined
  #state: TaskState = 'running'
  #issued = 0
  #published = 0
  #failed = 0
  #failure: string | undefined
  readonly #byType = new Map<string, number>()
  readonly #byTrouble = new Map<string, number>()

  constructor(options: TaskOptions) {
    this.id = options.id
    this.#options = options
    this.#started = options.now()
  }

  get isRunning(): boolean {
    return this.#state === 'running'
  }

  /** Of its busiest phase. */
  get mostEventsPerSecond(): number {
    return this.#options.schedule.most
  }

  get #underWay(): number {
    return this.#issued - this.#published - this.#failed
  }

  /** Publishes what is due. Called every few milliseconds. */
  tick(): void {
    if (this.#state !== 'running') return
    const { schedule, stream } = this.#options
    const due = schedule.due(this.#elapsed())
    while (this.#issued < due && this.#underWay < MOST_UNDER_WAY) {
      const count = Math.min(due - this.#issued, MOST_UNDER_WAY - this.#underWay, BATCH)
      this.#issued += count
      void this.#publish(stream.take(count))
    }
    if (this.#elapsed() >= schedule.seconds && this.#issued >= schedule.total && this.#underWay === 0)
      this.#end('finished')
  }

  stop(): void {
    if (this.#state === 'running') this.#end('stopped')
  }

  status(): TaskStatus {
    const { id, scenario, schedule } = this.#options
    const elapsed = this.#elapsed()
    const behind = Math.max(0, schedule.due(elapsed) - this.#published)
    const problem = this.#problem(elapsed, behind)
    return {
      task_id: id,
      ...(scenario !== undefined && { scenario }),
      state: this.#state,
      started_at: new Date(this.#started).toISOString(),
      elapsed_seconds: round(elapsed),
      duration_seconds: schedule.seconds,
      asked_events_per_second: this.#state === 'running' ? schedule.rateAt(elapsed) : 0,
      kept_events_per_second: elapsed > 0 ? round(this.#published / elapsed) : 0,
      events_in_all: schedule.total,
      events_behind: behind,
      published: this.#published,
      failed: this.#failed,
      published_by_type: Object.fromEntries(this.#byType),
      published_by_trouble: Object.fromEntries(this.#byTrouble),
      ...(problem !== undefined && { problem }),
    }
  }

  #elapsed(): number {
    return ((this.#ended ?? this.#options.now()) - this.#started) / 1000
  }

  #problem(elapsed: number, behind: number): string | undefined {
    if (this.#failure !== undefined) return `${this.#failed} events could not be published: ${this.#failure}`
    const rate = this.#options.schedule.rateAt(elapsed)
    if (this.#state !== 'running' || behind <= rate * ALLOWED_SECONDS) return undefined
    return `the rate cannot be kept: ${behind} events behind, ${this.#underWay} of them at Pub/Sub without an answer`
  }

  #end(state: TaskState): void {
    this.#state = state
    this.#ended = this.#options.now()
  }

  async #publish(outgoing: ReturnType<EventStream['take']>): Promise<void> {
    try {
      await this.#options.publisher.publish(outgoing.map(({ message }) => message))
    } catch (error) {
      this.#failed += outgoing.length
      this.#failure = (error as Error).message
      return
    }
    this.#published += outgoing.length
    const types = new Map<string, number>()
    for (const { type, trouble } of outgoing) {
      types.set(type, (types.get(type) ?? 0) + 1)
      if (trouble) this.#byTrouble.set(trouble, (this.#byTrouble.get(trouble) ?? 0) + 1)
    }
    for (const [type, count] of types) {
      this.#byType.set(type, (this.#byType.get(type) ?? 0) + count)
      this.#options.published(type, count)
    }
  }
}

function round(value: number): number {
  return Math.round(value * 100) / 100
}
