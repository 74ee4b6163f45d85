import { randomUUID } from 'node:crypto'
import type { Workshop } from '../google/storage.ts'

/**
 * One go at bringing the rows of a load into a table of its own. The table is gone after a day, and its jobs are run once: who comes
 * later, and finds it short, begins again under a name that nothing has had before.
 */
export interface Run {
  /** From 0. */
  readonly number: number
  /** In the names of its table and its jobs. */
  readonly id: string
}

const RUN = /^run-(\d+)\.json$/

/**
 * The newest run, which is begun if there is none. All tasks of a load come to the same one: the object of each number is made once.
 *
 * @param least the number of the first that will do
 */
export async function newestRun(workshop: Workshop, least = 0): Promise<Run> {
  const known = [...(await workshop.names())].map((name) => Number(RUN.exec(name)?.[1] ?? 0))
  const number = Math.max(least, ...known)
  const { id } = await workshop.make(`run-${number}.json`, { id: randomUUID().slice(0, 8) })
  return { number, id }
}
