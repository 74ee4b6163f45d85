import { setTimeout as sleep } from 'node:timers/promises'
import type { Workshop } from './google/storage.ts'
import { LoadError } from './load-error.ts'

const FIRST_LOOK_MS = 50
const LONGEST_LOOK_MS = 2000

/**
 * Waits until all these objects are there, some of which other machines make.
 *
 * @param waitMs since the last one came
 * @throws LoadError that names the first one that did not come
 */
export async function waitForAll(
  workshop: Workshop,
  wanted: readonly string[],
  waitMs: number,
): Promise<void> {
  let left = wanted.length
  let deadline = Date.now() + waitMs
  for (let wait = FIRST_LOOK_MS; ; wait = Math.min(wait * 2, LONGEST_LOOK_MS)) {
    const names = await workshop.names()
    const missing = wanted.filter((name) => !names.has(name))
    if (missing.length === 0) return
    if (missing.length < left) deadline = Date.now() + waitMs
    left = missing.length
    if (Date.now() > deadline) {
      const what = `${workshop.uriOf(missing[0]!)} did not come within ${waitMs / 1000} s: is the task that makes it gone?`
      throw new LoadError('portion_missing', `${what} Start it again: what is done stays done`)
    }
    await sleep(wait)
  }
}
