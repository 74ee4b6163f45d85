/** Work on one thing takes turns; on different things it runs side by side. */
export class Turns {
  readonly #last = new Map<string, Promise<unknown>>()

  take<T>(id: string, work: () => Promise<T>): Promise<T> {
    const turn = (this.#last.get(id) ?? Promise.resolve()).then(work, work)
    const settled = turn.catch(() => {})
    this.#last.set(id, settled)
    void settled.then(() => {
      if (this.#last.get(id) === settled) this.#last.delete(id)
    })
    return turn
  }
}
