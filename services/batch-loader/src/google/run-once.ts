import { mayPassSoon } from '@tablestream/service-kit'
import { LoadError } from '../load-error.ts'

/** Of a job that has ended, what is looked at. */
export interface Ended {
  readonly status?: {
    readonly errorResult?: { readonly reason?: string; readonly message?: string }
  }
}

export interface Jobs<Job> {
  /** Makes a job. @returns false where there is one of this id: by a process that is gone, or by another machine */
  readonly create: (jobId: string) => Promise<boolean>
  /** Waits for its end. */
  readonly ended: (jobId: string) => Promise<Job>
  readonly sleep: (ms: number) => Promise<unknown>
}

/** So many jobs one caller makes, one after the other, where they fail for a reason that may pass. */
const MOST_ATTEMPTS = 4
const FIRST_PAUSE_MS = 500

/**
 * Runs a job until one of its name has succeeded, and that once: ids are the name and a number. One that failed in an earlier start
 * changed nothing (a load job is whole or not at all), so the next number is tried.
 */
export async function runOnce<Job extends Ended>(name: string, jobs: Jobs<Job>): Promise<Job> {
  let made = 0
  for (let number = 1; ; number++) {
    const jobId = `${name}_${number}`
    const isOwn = await jobs.create(jobId)
    if (isOwn) made++
    const job = await jobs.ended(jobId)
    const failure = job.status?.errorResult
    if (!failure) return job
    if (!isOwn) continue
    if (made === MOST_ATTEMPTS || !mayPassSoon(failure.reason ?? ''))
      throw new LoadError('job_failed', `the job ${jobId} failed: ${failure.message ?? failure.reason ?? ''}`)
    // tasks that fail together come back apart
    await jobs.sleep(FIRST_PAUSE_MS * 2 ** made * (0.5 + Math.random() / 2))
  }
}
