import { readdirSync, readFileSync } from 'node:fs'
import { setPriority } from 'node:os'

const TASKS = '/proc/self/task'
/** It compiles: a gateway that is new and has much to do takes more CPU for a request until that is done. */
export const HELPERS_NICE = 19
/** How Node names the threads that help its engine: they collect garbage and compile, for every thread of the process. */
const HELPER = /^V8Worker/

/**
 * Puts the engine's helper thread behind the thread that answers everybody, where they want the same core. It compiles, for every thread of
 * the process. There is one, by the flags in package.json: of several the scheduler lets one after the other go first. By those flags, too,
 * it has no part in collecting garbage: who waits for a thread that stands behind stands behind itself.
 *
 * @returns how many there are; 0 where threads have no priorities of their own (elsewhere than on Linux) or have other names
 */
export function helpersBehind(): number {
  if (process.platform !== 'linux') return 0
  const helpers = readdirSync(TASKS).filter((id) => HELPER.test(nameOf(id)))
  for (const id of helpers) setPriority(Number(id), HELPERS_NICE)
  return helpers.length
}

function nameOf(id: string): string {
  try {
    return readFileSync(`${TASKS}/${id}/comm`, 'utf8')
  } catch (error) {
    // a thread that has ended meanwhile
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return ''
    throw error
  }
}
