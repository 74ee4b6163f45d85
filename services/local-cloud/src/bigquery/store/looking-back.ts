import type { Store } from './store.ts'

/** Runs a statement; alone, where it may read tables as they were: what was is told apart by how many rows came since. */
export const lookingBack = <T>(store: Store, query: string, run: () => Promise<T>): Promise<T> =>
  /\bSYSTEM_TIME\b/i.test(query) ? store.alone(run) : run()
