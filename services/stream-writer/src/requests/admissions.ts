import { createHash } from 'node:crypto'
import type { SchemaRequest } from '@tablestream/contract'

/** What was asked for one change of one table. */
export interface Asked {
  /** Digests of the keys of the events that asked, until there are as many as the policy wants. */
  readonly keys: Set<string>
  tries: number
  /** Milliseconds since 1970. */
  due: number
}

const MOST_CHANGES = 50_000
/** A digest takes some 100 bytes. */
const MOST_KEYS = 200_000
const MOST_OWED = 1000
const MOST_OWED_BYTES = 1 << 20

/**
 * Which events asked for columns in quarantine, of all tables. What was asked for first is forgotten first where there is too much: as
 * after a restart, as many events ask for that change again, and one that asked before counts a second time if it is written again.
 */
export class Admissions {
  readonly #mostKeys: number
  readonly #changes = new Map<string, Asked>()
  #keys = 0
  /** Requests that Pub/Sub did not take: they count, and go with the next ones. */
  #owed: SchemaRequest[] = []
  #owedBytes = 0

  constructor(mostKeys = MOST_KEYS) {
    this.#mostKeys = mostKeys
  }

  /** Digests that are kept. */
  get keys(): number {
    return this.#keys
  }

  of(table: string, change: string): Asked {
    const name = `${table} ${change}`
    let asked = this.#changes.get(name)
    if (!asked) {
      if (this.#changes.size >= MOST_CHANGES) this.#forgetOldest()
      this.#changes.set(name, (asked = { keys: new Set(), tries: 0, due: 0 }))
    }
    return asked
  }

  /**
   * Notes that an event asks.
   *
   * @param key of the event, of any length
   * @param most so many are asked for; the others are not kept
   */
  note({ keys }: Asked, key: string, most: number): 'new' | 'known' | 'enough' {
    const digest = createHash('sha256').update(key).digest('base64')
    if (keys.has(digest)) return 'known'
    if (keys.size >= most) return 'enough'
    keys.add(digest)
    this.#keys++
    while (this.#keys > this.#mostKeys) this.#forgetOldest()
    return 'new'
  }

  /** Takes so many of the requests that are owed. */
  takeOwed(count: number): readonly SchemaRequest[] {
    const owed = this.#owed.splice(0, count)
    this.#owedBytes -= owed.reduce((sum, { data }) => sum + data.length, 0)
    return owed
  }

  /** What finds no room here is forgotten: then a change needs another event. */
  owe(requests: readonly SchemaRequest[]): void {
    for (const request of requests) {
      if (this.#owed.length >= MOST_OWED || this.#owedBytes + request.data.length > MOST_OWED_BYTES) return
      this.#owed.push(request)
      this.#owedBytes += request.data.length
    }
  }

  #forgetOldest(): void {
    const [[name, { keys }]] = this.#changes as unknown as [[string, Asked]]
    this.#changes.delete(name)
    this.#keys -= keys.size
  }
}
