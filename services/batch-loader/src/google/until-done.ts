/** Of a job, what tells whether it has ended. */
export interface Running {
  readonly status?: { readonly state?: string }
}

export interface Waiting {
  /** Milliseconds since any moment. */
  readonly now: () => number
  readonly sleep: (ms: number) => Promise<unknown>
}

const SHORTEST_MS = 20
const LONGEST_MS = 2000
/** The end of a job is heard of so much later at most, as a part of what it took. */
const LATE = 1 / 16

/** Asks for a job until it is done: often at first, then the less often the longer it takes. @throws what `look` throws */
export async function untilDone<Job extends Running>(
  look: () => Promise<Job>,
  { now, sleep }: Waiting,
): Promise<Job> {
  const began = now()
  for (;;) {
    const job = await look()
    if (job.status?.state === 'DONE') return job
    await sleep(Math.min(Math.max(SHORTEST_MS, (now() - began) * LATE), LONGEST_MS))
  }
}
