import type { Resources } from './resources.ts'

/** Keeps what there is over a restart, as a whole, after each change. */
export class Saver {
  readonly #save: (resources: Resources) => void
  readonly #parts: (() => Partial<Resources>)[] = []

  /** @param save throws GoogleError where it fails */
  constructor(save: (resources: Resources) => void) {
    this.#save = save
  }

  /** Asks `part` for its share each time something is saved. */
  add(part: () => Partial<Resources>): void {
    this.#parts.push(part)
  }

  /** What cannot be kept is not done. @throws GoogleError behind `undo` */
  saveOr(undo: () => void): void {
    try {
      const nothing: Resources = { topics: [], subscriptions: [] }
      this.#save(Object.assign(nothing, ...this.#parts.map((part) => part())) as Resources)
    } catch (error) {
      undo()
      throw error
    }
  }
}
