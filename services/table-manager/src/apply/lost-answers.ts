import { columnFinder } from '@tablestream/table-schema'
import type { TableChange } from '../table-change.ts'
import type { TableState } from '../tables.ts'

/** Changes of one table whose answer was lost: they are told once the table shows them. */
export class LostAnswers {
  readonly #changes: TableChange[] = []

  add(change: TableChange): void {
    this.#changes.push(change)
  }

  /** Takes out those that turn out to be done; what is not there is forgotten, it will be planned again. */
  foundIn(state: TableState | undefined): TableChange[] {
    if (this.#changes.length === 0 || !state) return []
    const at = columnFinder(state.columns)
    return this.#changes.splice(0).flatMap((change): TableChange[] => {
      const { outcome, added, relaxed, widened } = change
      const isDone =
        outcome === 'created' ||
        (added.every((path) => at(path) !== undefined) &&
          relaxed.every((path) => at(path)?.mode !== 'REQUIRED') &&
          widened.every(({ path, from }) => at(path)?.type !== from))
      return isDone ? [change] : []
    })
  }
}
