import { BigQueryError } from '../errors.ts'
import type { QueryResult } from '../queries/query-result.ts'
import type { StackFrame } from '../scripts/script-stack.ts'
import type { FileJobResult } from './file-jobs.ts'
import type { JobSpec } from './job-spec.ts'

export interface JobReference {
  readonly projectId: string
  readonly jobId: string
  readonly location: string
}

export type Outcome = QueryResult | FileJobResult | BigQueryError

export interface Job {
  readonly reference: JobReference
  readonly spec: JobSpec
  readonly startTime: number
  readonly endTime?: number
  /** Absent as long as it runs. */
  readonly outcome?: Outcome
  readonly labels?: Readonly<Record<string, string>>
  /** Of the script in which it is a statement. */
  readonly parentJobId?: string
  /** Where in the script it stands, and what called it. */
  readonly stack?: readonly StackFrame[]
  /** How many statements it ran, where it is a script. */
  readonly childCount: number
  /** Ends when the job is done, after so many milliseconds at the latest. */
  within(ms: number): Promise<void>
}

/** So long a caller waits at most (docs: jobs.getQueryResults, "timeoutMs"). */
const LONGEST_WAIT_MS = 200_000

export interface JobOptions {
  readonly jobId?: string
  readonly labels?: Readonly<Record<string, string>>
  readonly location?: string
  /** When it is ended, in milliseconds. */
  readonly timeoutMs?: number
}

export interface ChildOptions extends JobOptions {
  readonly parentJobId?: string
  readonly stack?: readonly StackFrame[]
}

/** A job from its begin on. */
export class RunningJob implements Job {
  reference: JobReference
  readonly spec: JobSpec
  readonly startTime: number
  labels?: Readonly<Record<string, string>>
  readonly parentJobId?: string
  readonly stack?: readonly StackFrame[]
  childCount = 0
  readonly children: RunningJob[] = []
  endTime?: number
  outcome?: Outcome
  done: Promise<void> = Promise.resolve()
  readonly ending = new AbortController()

  constructor(reference: JobReference, spec: JobSpec, startTime: number, options: ChildOptions) {
    const { labels, parentJobId, stack } = options
    this.reference = reference
    this.spec = spec
    this.startTime = startTime
    if (labels) this.labels = labels
    if (parentJobId !== undefined) this.parentJobId = parentJobId
    if (stack) this.stack = stack
  }

  end(outcome: Outcome, at: number): void {
    this.endTime = at
    this.outcome = outcome
  }

  async within(ms: number): Promise<void> {
    if (this.outcome) return
    let timer: NodeJS.Timeout | undefined
    const timeout = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, Math.min(Math.max(0, ms), LONGEST_WAIT_MS))
    })
    await Promise.race([this.done, timeout])
    clearTimeout(timer)
  }
}

/** Ends a job that takes longer. @param ms absent: it may take as long as it does */
export function endIn({ ending }: RunningJob, ms: number | undefined): NodeJS.Timeout | undefined {
  if (ms === undefined) return undefined
  const message = `Operation timed out after ${ms} ms. Consider reducing the amount of work performed by your operation so that it can complete within this limit.`
  return setTimeout(() => ending.abort(new BigQueryError('timeout', message)), ms).unref()
}
