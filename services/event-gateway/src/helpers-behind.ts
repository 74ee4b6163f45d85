import { readdirSync, readFileSync } from 'node:fs'
import { setPriority } from 'node:os'

const TASKS = '/proc/self/task'
/** Their niceness. They compile: a gateway that is new and has much to do takes more CPU for a request until that is done. */
export const HELPERS_NICE = 5
/** How Node names the threads that help its engine: they collect garbage and compile, for every thread of the process. */
const HELPER = /^V8Worker/

/**
 * Puts the engine's helper thread behind the thread that answers everybody, where they want the same core. It compiles for every
 * thread of the process; garbage each thread collects by itself (the flags in package.json say so): as helpers do it, that of
 * large bodies, which threads behind have made, had as much right to the core as the thread that answers.
 *
 * @returns how many there are (one, by the flags); 0 where threads
 *   have no priorities of their own (elsewhere than on Linux) or have other names
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
