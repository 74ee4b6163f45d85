import { createHash } from 'node:crypto'

/** A longer key is kept as its SHA-256: types and sources are texts that strangers choose, a kilobyte each. */
const LONGEST_KEY = 64

/**
 * Numbers for what an event's id is told apart by beside itself: its type, and whose id it is. A scope that is asked for time and
 * again keeps its number; one that is not is forgotten after so many others, and no number is given twice.
 */
export class Scopes {
  readonly #size: number
  #young = new Map<string, number>()
  #old = new Map<string, number>()
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
    const key = keyOf(eventType, source)
    this.#last = this.#young.get(key) ?? this.#renew(key)
    return this.#last
  }

  #renew(key: string): number {
    if (this.#young.size === this.#size) {
      this.#old = this.#young
      this.#young = new Map()
    }
    const scope = this.#old.get(key) ?? this.#made++
    this.#young.set(key, scope)
    return scope
  }
}

/** No two scopes have one key: the length says where the type ends, and a digest is longer than what is kept as it is. */
function keyOf(eventType: string, source: string): string {
  const key = `${eventType.length} ${eventType}${source}`
  // as hexadecimal digits, one byte each: a text of 32 odd characters takes as much
  return key.length <= LONGEST_KEY ? key : `#${createHash('sha256').update(key, 'utf16le').digest('hex')}`
}
