import type { ColumnsChange, InsertTarget, NewNames } from '../table/insert-statements.ts'
import { asRenamed } from '../table/physical.ts'

/** How rows that were made for a table get into it once its columns have changed. */
export class ChangedTargets {
  readonly #changes = new WeakMap<InsertTarget, ColumnsChange>()
  /** By the target that rows were made for: where they get in, with the last change that was looked at. */
  readonly #found = new WeakMap<
    InsertTarget,
    { readonly last: InsertTarget; readonly target: InsertTarget }
  >()

  add(change: ColumnsChange): void {
    if (change.before !== change.after) this.#changes.set(change.before, change)
  }

  /** Whether columns that the target has were renamed or dropped. */
  isRenamed(target: InsertTarget): boolean {
    return this.#since(target).names.size > 0
  }

  now(target: InsertTarget): InsertTarget {
    const { last, names } = this.#since(target)
    if (names.size === 0) return last
    const found = this.#found.get(target)
    if (found?.last === last) return found.target
    const changed = asRenamed(target, last, names)
    this.#found.set(target, { last, target: changed })
    return changed
  }

  #since(target: InsertTarget): { readonly last: InsertTarget; readonly names: NewNames } {
    const names = new Map<string, string | undefined>()
    let last = target
    for (let change = this.#changes.get(last); change; change = this.#changes.get(last)) {
      last = change.after
      if (change.names.size === 0) continue
      for (const { name } of target.fields) {
        const before = names.has(name) ? names.get(name) : name
        if (before !== undefined && change.names.has(before)) names.set(name, change.names.get(before))
      }
    }
    return { last, names }
  }
}
