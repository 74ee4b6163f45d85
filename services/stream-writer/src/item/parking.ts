import { sourceOf, turnOf, type Message } from '@tablestream/contract'
import { partyOf } from '@tablestream/service-kit'
import { divide } from '../divide.ts'
import { standAlone, type Item } from './item.ts'

export interface ParkingLimits {
  readonly messages: number
  readonly bytes: number
}

/**
 * A table may have so many times what is free. One alone gets three quarters of the room, two get three sevenths each: however
 * many tables fill it, there is room for the next one.
 */
const SHARE = 3

/**
 * This part is for tables that exist: anybody may make up types, and a table of its own for each event. In what is left for those that
 * do not exist a caller has its share as a table has, and in that one each of its sources: however many tables and sources a caller makes
 * up, there is room for the first event of another one.
 */
const EXISTING_PART = 0.1
/** What an attribute takes in memory beside its characters: with a hundred short ones a message of two bytes takes 13 KB. */
const ATTRIBUTE_BYTES = 100

/** Room for the items of all tables that wait. Others need room too: what finds none is given back to Pub/Sub. */
export class ParkingLot {
  readonly #limits: ParkingLimits
  #messages = 0
  #bytes = 0
  /** What each table has here; for tables that do not exist each caller, and each of its sources. */
  readonly #tables: Accounts = new Map()
  readonly #callers: Accounts = new Map()
  readonly #sources: Accounts = new Map()
  readonly #beginners = new Map<Item, string>()

  constructor(limits: ParkingLimits) {
    this.#limits = limits
  }

  /**
   * False when there is no room.
   *
   * @param exists whether the table of this item is there
   */
  enter(item: Item, exists: boolean): boolean {
    const { message, table } = item
    const size = sizeOf(message)
    const source = exists ? undefined : turnOf(sourceOf(message))
    const part = exists ? 1 : 1 - EXISTING_PART
    const { messages, bytes } = this.#limits
    const free = { messages: messages * part - this.#messages, bytes: bytes * part - this.#bytes }
    if (free.messages < 1 || free.bytes < size) return false
    if (!hasShare(this.#tables.get(table), free, size)) return false
    if (source !== undefined) {
      const caller = this.#callers.get(partyOf(source)) ?? NOTHING
      const left = {
        messages: free.messages * SHARE - caller.messages,
        bytes: free.bytes * SHARE - caller.bytes,
      }
      if (!hasShare(caller, free, size) || !hasShare(this.#sources.get(source), left, size)) return false
    }
    this.#messages++
    this.#bytes += size
    tally(this.#tables, table, 1, size)
    if (source !== undefined) {
      this.#beginners.set(item, source)
      tally(this.#callers, partyOf(source), 1, size)
      tally(this.#sources, source, 1, size)
    }
    return true
  }

  leave(item: Item): void {
    const { message, table } = item
    const size = sizeOf(message)
    this.#messages--
    this.#bytes -= size
    tally(this.#tables, table, -1, -size)
    const source = this.#beginners.get(item)
    if (source === undefined) return
    this.#beginners.delete(item)
    tally(this.#callers, partyOf(source), -1, -size)
    tally(this.#sources, source, -1, -size)
  }
}

/** Bytes that a message takes while it waits. */
function sizeOf({ data, attributes }: Message): number {
  let size = data.length
  for (const name in attributes) size += name.length + attributes[name]!.length + ATTRIBUTE_BYTES
  return size
}

type Accounts = Map<string, ParkingLimits>

const NOTHING: ParkingLimits = { messages: 0, bytes: 0 }

/** Whether who holds this may have one of so many bytes more, where so much is free. */
function hasShare(held: ParkingLimits = NOTHING, free: ParkingLimits, size: number): boolean {
  return held.messages + 1 <= free.messages * SHARE && held.bytes + size <= free.bytes * SHARE
}

function tally(accounts: Accounts, whose: string, messages: number, bytes: number): void {
  const held = accounts.get(whose) ?? NOTHING
  if (held.messages + messages === 0) accounts.delete(whose)
  else accounts.set(whose, { messages: held.messages + messages, bytes: held.bytes + bytes })
}

/** The items of one table that wait, in their order. */
export class Parked {
  readonly #lot: ParkingLot
  #items: Item[] = []

  constructor(lot: ParkingLot) {
    this.#lot = lot
  }

  get size(): number {
    return this.#items.length
  }

  /** In whose turn the event is that has waited longest (`turnOf`); empty where none waits. */
  get source(): string {
    const [first] = this.#items
    return first ? turnOf(sourceOf(first.message)) : ''
  }

  /** All of them, those that have waited longest first. They wait on. */
  get items(): readonly Item[] {
    return this.#items
  }

  /** False when there is no room. */
  add(item: Item, exists: boolean): boolean {
    if (!this.#lot.enter(item, exists)) return false
    standAlone(item)
    this.#items.push(item)
    return true
  }

  takeAll(): Item[] {
    return this.#take(this.#items.length)
  }

  /** The one that has waited longest. */
  takeFirst(): Item | undefined {
    return this.#take(1)[0]
  }

  /** Those whose deadline has come, and those that are not ours any more. */
  takeLate(now: number): Item[] {
    const isLate = ({ deadline, lease }: Item) => deadline <= now || lease.isLost()
    const [late, others] = divide(this.#items, isLate)
    if (late.length === 0) return []
    this.#items = others
    return this.#left(late)
  }

  #take(count: number): Item[] {
    return this.#left(this.#items.splice(0, count))
  }

  #left(items: Item[]): Item[] {
    for (const item of items) this.#lot.leave(item)
    return items
  }
}
