/** Those who wait for turns, by whose they are: each of them has one turn after the other, however many of one wait. */
export class FairQueue<Waiting> {
  readonly #queues = new Map<string, Waiting[]>()
  #size = 0

  get size(): number {
    return this.#size
  }

  push(whose: string, waiting: Waiting): void {
    const queue = this.#queues.get(whose)
    if (queue) queue.push(waiting)
    else this.#queues.set(whose, [waiting])
    this.#size++
  }

  /** The one whose turn it is. */
  shift(): Waiting | undefined {
    const [next] = this.#queues
    if (!next) return undefined
    const [whose, queue] = next
    this.#queues.delete(whose)
    const first = queue.shift()!
    // behind all others
    if (queue.length > 0) this.#queues.set(whose, queue)
    this.#size--
    return first
  }
}
