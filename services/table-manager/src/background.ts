import { setTimeout as sleep } from 'node:timers/promises'

/** What is new in BigQuery may be unknown in places for a while. */
const WAITS_MS = [0, 500, 2000, 10_000, 30_000]

/** Work that no event waits for, finished before the service ends. */
export class Background {
  readonly #underWay = new Set<Promise<void>>()

  /** Never rejects: a failure is told to `failed`. */
  async run(work: Promise<void>, failed: (error: unknown) => void): Promise<void> {
    const done = work.catch(failed)
    this.#underWay.add(done)
    await done
    this.#underWay.delete(done)
  }

  async close(): Promise<void> {
    await Promise.all(this.#underWay)
  }
}

/** Does it again and again for three quarters of a minute. @throws what the last try failed with */
export async function retried(work: () => Promise<unknown>): Promise<void> {
  let problem: unknown
  for (const wait of WAITS_MS) {
    await sleep(wait)
    try {
      await work()
      return
    } catch (error) {
      problem = error
    }
  }
  throw problem
}
