import { createHash, randomInt } from 'node:crypto'
import type { Entry } from '../item/entry.ts'
import type { Incarnation } from '../row/write-schema.ts'
import type { Fingerprint } from '../row/fingerprint.ts'
import type { Item } from '../item/item.ts'
import { Scopes } from './scopes.ts'

/** An event that is on its way, or the table that it landed in. */
export type Known = Item | Incarnation

/** Bytes of a slot: the length of the id, and the id. */
const WIDTH = 48
/** Spreads the numbers of scopes over all bits of a hash (2^32 by the golden ratio). */
const GOLDEN = 0x9e37_79b1
/** Carries a byte to the higher bits of a hash (MurmurHash2's multiplier). */
const MIX = 0x5bd1_e995
/** Stands for the length where the id is not kept as it is, but as its SHA-256. */
const DIGEST = 255

/**
 * What became of the last `size` events, by their keys: type, source and id, and the fingerprint of the bytes that had the key last.
 * Ids are kept as bytes in one ring, in a hash table of chains: a Map of as many
 * texts would have the garbage collector look at each of them, time and again, for as long as they are remembered.
 */
export class DuplicateWindow {
  readonly #size: number
  readonly #mask: number
  /** Slot + 1 of the first id of each chain; 0 where there is none. */
  readonly #heads: Int32Array
  /** Slot + 1 of the next id in the chain. */
  readonly #next: Int32Array
  readonly #hashes: Int32Array
  readonly #ids: Buffer
  readonly #scopes: Scopes
  readonly #scopeOf: Float64Array
  readonly #low: Int32Array
  readonly #high: Int32Array
  readonly #known: (Known | undefined)[] = []
  /** Entries that were made since the beginning: entry `n` has the slot `n % size`. */
  #made = 0
  /** Ids are chosen by those who publish: nobody can know which of them have one hash, and would stand in one long chain. */
  readonly #seed = randomInt(2 ** 32)
  readonly #wanted = Buffer.alloc(WIDTH)
  #wantedHash = 0
  #wantedScope = 0

  /** @param size in events; 0 remembers the last one alone */
  constructor(size: number) {
    this.#size = Math.max(size, 1)
    const chains = 1 << (32 - Math.clz32(this.#size))
    this.#mask = chains - 1
    this.#heads = new Int32Array(chains)
    this.#next = new Int32Array(this.#size)
    this.#hashes = new Int32Array(this.#size)
    this.#ids = Buffer.alloc(this.#size * WIDTH)
    this.#scopes = new Scopes(this.#size)
    this.#scopeOf = new Float64Array(this.#size)
    this.#low = new Int32Array(this.#size)
    this.#high = new Int32Array(this.#size)
  }

  /** The entry of a key. One is made, of which nothing is known, where there is none. */
  entryOf(eventType: string, source: string, eventId: string): Entry {
    this.#want(eventId)
    const scope = this.#scopes.of(eventType, source)
    this.#wantedScope = scope
    // counters of many publishers have the same ids
    this.#wantedHash ^= Math.imul(scope, GOLDEN)
    for (let link = this.#heads[this.#chain]!; link > 0; link = this.#next[link - 1]!) {
      const slot = link - 1
      if (this.#hashes[slot] === this.#wantedHash && this.#isWanted(slot)) {
        const newest = (this.#made - 1) % this.#size
        return this.#made - 1 - ((newest - slot + this.#size) % this.#size)
      }
    }
    return this.#make()
  }

  /** undefined for an event that nobody has seen, and for one that is forgotten. */
  get(entry: Entry): Known | undefined {
    return this.#holds(entry) ? this.#known[entry % this.#size] : undefined
  }

  /** An event with these bytes is on its way: what is known of the key from now on is known of it. */
  begin(entry: Entry, item: Item): void {
    if (!this.#holds(entry)) return
    const slot = entry % this.#size
    this.#known[slot] = item
    this.#low[slot] = item.low
    this.#high[slot] = item.high
  }

  /** The event has its end: it is in that table, or nothing is known of it. Says nothing where another one has its key by now. */
  end(entry: Entry, item: Item, incarnation?: Incarnation): void {
    const slot = entry % this.#size
    if (this.#holds(entry) && this.#known[slot] === item) this.#known[slot] = incarnation
  }

  /** Whether the bytes that had the key last were these. */
  hasBytes(entry: Entry, { low, high }: Readonly<Fingerprint>): boolean {
    const slot = entry % this.#size
    return this.#low[slot] === low && this.#high[slot] === high
  }

  get #chain(): number {
    return this.#wantedHash & this.#mask
  }

  #holds(entry: Entry): boolean {
    return entry >= 0 && entry >= this.#made - this.#size
  }

  #make(): Entry {
    const slot = this.#made % this.#size
    if (this.#made >= this.#size) this.#unlink(slot)
    this.#wanted.copy(this.#ids, slot * WIDTH)
    this.#hashes[slot] = this.#wantedHash
    this.#scopeOf[slot] = this.#wantedScope
    this.#next[slot] = this.#heads[this.#chain]!
    this.#heads[this.#chain] = slot + 1
    this.#known[slot] = undefined
    return this.#made++
  }

  /** Takes the oldest id out of its chain. */
  #unlink(slot: number): void {
    const chain = this.#hashes[slot]! & this.#mask
    let link = this.#heads[chain]!
    if (link === slot + 1) {
      this.#heads[chain] = this.#next[slot]!
      return
    }
    while (this.#next[link - 1] !== slot + 1) link = this.#next[link - 1]!
    this.#next[link - 1] = this.#next[slot]!
  }

  #isWanted(slot: number): boolean {
    const ids = this.#ids
    const wanted = this.#wanted
    if (this.#scopeOf[slot] !== this.#wantedScope) return false
    const start = slot * WIDTH
    const length = wanted[0] === DIGEST ? WIDTH - 1 : wanted[0]!
    for (let at = 0; at <= length; at++) if (ids[start + at] !== wanted[at]) return false
    return true
  }

  #want(eventId: string): void {
    const wanted = this.#wanted
    const { length } = eventId
    let hash = this.#seed ^ length
    let all = 0
    if (length < WIDTH) {
      for (let at = 0; at < length;) {
        const code = eventId.charCodeAt(at)
        hash = mixed(hash, code)
        all |= code
        wanted[++at] = code
      }
    }
    if (length >= WIDTH || all > 255) {
      // no two ids of these have one digest, whoever made them
      const digest = createHash('sha256').update(eventId, 'utf16le').digest()
      wanted.fill(0)
      digest.copy(wanted, 1)
      wanted[0] = DIGEST
      // its first bytes alone would be those of others that somebody looked for
      hash = digest.reduce(mixed, this.#seed)
    } else wanted[0] = length
    this.#wantedHash = hash
  }
}

/** A hash with one byte more. */
function mixed(hash: number, byte: number): number {
  const product = Math.imul(hash ^ byte, MIX)
  return product ^ (product >>> 15)
}
