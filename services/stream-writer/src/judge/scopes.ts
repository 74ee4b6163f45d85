/**
 * Numbers for what an event's id is told apart by beside itself: its type, and whose id it is. A scope that is asked for time and
 * again keeps its number; one that is not is forgotten after so many others, and no number is given twice.
 */
export class Scopes {
  readonly #size: number
  #young = new Map<string, Map<string, number>>()
  #old = new Map<string, Map<string, number>>()
  #youngSize = 0
  #made = 0
  #lastType = ''
  #lastSource = ''
  #last = -1

  /** @param size how many of them are remembered at least */
  constructor(size: number) {
    this.#size = Math.max(size, 1)
  }

  of(eventType: string, source: string): number {
    // events of one publisher come in runs
    if (this.#last >= 0 && eventType === this.#lastType && source === this.#lastSource) return this.#last
    this.#lastType = eventType
    this.#lastSource = source
    this.#last = this.#young.get(eventType)?.get(source) ?? this.#renew(eventType, source)
    return this.#last
  }

  #renew(eventType: string, source: string): number {
    if (this.#youngSize === this.#size) {
      this.#old = this.#young
      this.#young = new Map()
      this.#youngSize = 0
    }
    let bySource = this.#young.get(eventType)
    if (!bySource) this.#young.set(eventType, (bySource = new Map()))
    const scope = this.#old.get(eventType)?.get(source) ?? this.#made++
    bySource.set(source, scope)
    this.#youngSize++
    return scope
  }
}
