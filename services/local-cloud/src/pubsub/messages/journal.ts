import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { StoredMessage } from './stored-message.ts'
import type { Resources } from '../resources/resources.ts'
import { journalError, Segment, ShortRecords, sizeOf, type Entry } from '../../segment.ts'

/** A message and the keys of those who still need it: subscriptions that have not settled it, and who retains it for a seek. */
export interface OpenMessage {
  readonly message: StoredMessage
  readonly keys: readonly number[]
}

interface Kept extends OpenMessage {
  keys: readonly number[]
  /** Where its record is, and how long it is. */
  readonly segment: Segment
  readonly bytes: number
}

export interface JournalOptions {
  /** A file that is this long gets a successor. */
  readonly segmentBytes?: number
  /** Whether the disk is full now, besides being it. */
  readonly diskIsFull?: () => boolean
}

const PUBLISHED = 1
const SETTLED = 2
const HELD = 3
const FLUSH_MS = 20
const RETRY_MS = 1000
const SEGMENT_BYTES = 64 << 20
/** What is copied at once when an old file is given up. */
const COPY_BYTES = 8 << 20
const SMALL_BYTES = 1 << 20
const NAME = /^pubsub-messages(-\d+)?\.log$/

/**
 * What is published and not settled, in append-only files, so that a restart (or a kill) of local-cloud loses no message.
 * A publish is written before it is answered. Settlements are written a moment later: one that is lost delivers a message
 * again, which Pub/Sub may do anyway. Nothing is synced to the disk: it guards against the end of the process, not of the
 * machine.
 *
 * Files end in the order in which they began: a file goes when nobody waits for its messages, and what is open in the
 * oldest one is copied behind the newest when more than half of all files is waste. No file is read or written whole.
 */
export class Journal {
  readonly #folder: string
  readonly #resources: string
  readonly #segmentBytes: number
  readonly #diskIsFull: () => boolean
  readonly #open = new Map<string, Kept>()
  readonly #segments: Segment[] = []
  readonly #settlements = new ShortRecords()
  /** What was taken out of which keys last, and what is left: messages of one publish have the same keys. */
  #last: { readonly keys: readonly number[]; readonly key: number; readonly left: readonly number[] } = {
    keys: [],
    key: 0,
    left: [],
  }
  #nextSegment = 1
  #openBytes = 0
  /** The greatest id that was read. */
  #greatestId = 0
  #timer: NodeJS.Timeout | undefined

  constructor(
    folder: string,
    { segmentBytes = SEGMENT_BYTES, diskIsFull = () => false }: JournalOptions = {},
  ) {
    mkdirSync(folder, { recursive: true })
    this.#folder = folder
    this.#segmentBytes = segmentBytes
    this.#diskIsFull = diskIsFull
    this.#resources = join(folder, 'pubsub-resources.json')
  }

  /** Reads what an earlier process left. */
  restore(): { resources: Resources; messages: readonly OpenMessage[]; greatestId: number } {
    const resources: Resources = existsSync(this.#resources)
      ? (JSON.parse(readFileSync(this.#resources, 'utf8')) as Resources)
      : { topics: [], subscriptions: [] }
    const names = readdirSync(this.#folder).filter((name) => NAME.test(name))
    for (const name of names.toSorted((a, b) => numberOf(a) - numberOf(b))) {
      const segment = new Segment(join(this.#folder, name))
      this.#segments.push(segment)
      this.#nextSegment = numberOf(name) + 1
      segment.read((kind, payload) => this.#replay(segment, kind, payload))
    }
    this.#dropEmpty()
    // what was copied stands behind younger ones: ids grow, and messages of one ordering key keep their order
    const messages = [...this.#open.values()].toSorted((a, b) => Number(a.message.id) - Number(b.message.id))
    return { resources, messages, greatestId: this.#greatestId }
  }

  /** @throws GoogleError where the disk is full: then the file is as it was */
  saveResources(resources: Resources): void {
    try {
      if (this.#diskIsFull()) throw Object.assign(new Error('injected fault'), { code: 'ENOSPC' })
      writeFileSync(`${this.#resources}.new`, JSON.stringify(resources, null, 2))
      // beside and renamed: a kill in the middle leaves the old file whole
      renameSync(`${this.#resources}.new`, this.#resources)
    } catch (error) {
      rmSync(`${this.#resources}.new`, { force: true })
      throw journalError(error, this.#resources)
    }
  }

  /**
   * Writes the messages of a publish: all of them or none.
   *
   * @throws GoogleError RESOURCE_EXHAUSTED where the disk is full
   */
  published(messages: readonly OpenMessage[]): void {
    if (messages.length === 0) return
    const entries = messages.map(published)
    const segment = this.#append(entries)
    messages.forEach((open, index) => this.#keep(open, segment, sizeOf(entries[index]!)))
    this.#cleanUp()
  }

  /**
   * From now on `key` needs these messages as well, as far as they are here. Written when this returns.
   *
   * @throws GoogleError RESOURCE_EXHAUSTED where the disk is full: then nothing has changed
   */
  held(key: number, ids: readonly string[]): void {
    const missing = ids.filter((id) => this.#open.get(id)?.keys.includes(key) === false)
    if (missing.length === 0) return
    this.#append(missing.map((id) => ({ kind: HELD, head: `${key} ${id}`, body: NOTHING })))
    for (const id of missing) {
      const open = this.#open.get(id)!
      open.keys = [...open.keys, key]
    }
  }

  settled(key: number, id: string): void {
    const open = this.#open.get(id)
    if (!open?.keys.includes(key)) return
    this.#settle(open, key)
    this.#settlements.add(SETTLED, `${key} ${id}`)
    this.#timer ??= setTimeout(() => this.flush(), FLUSH_MS).unref()
  }

  /**
   * Writes the settlements that wait. On a full disk they wait on: a restart would deliver their messages again.
   *
   * @returns whether all of them are written
   */
  flush(): boolean {
    clearTimeout(this.#timer)
    this.#timer = undefined
    this.#dropEmpty()
    if (this.#settlements.isEmpty) return true
    try {
      this.#append([])
      this.#cleanUp()
      return true
    } catch {
      this.#timer = setTimeout(() => this.flush(), RETRY_MS).unref()
      return false
    }
  }

  close(): void {
    this.flush()
    clearTimeout(this.#timer)
    for (const segment of this.#segments) segment.close()
  }

  /** Writes the settlements that wait, and the entries. */
  #append(entries: readonly Entry[]): Segment {
    let last = this.#segments.at(-1)
    if (!last || last.size >= this.#segmentBytes) last = this.#begin()
    last.append(entries, this.#diskIsFull(), this.#settlements.bytes)
    this.#settlements.clear()
    return last
  }

  #begin(): Segment {
    this.#segments.at(-1)?.close()
    const name = `pubsub-messages-${String(this.#nextSegment++).padStart(8, '0')}.log`
    const segment = new Segment(join(this.#folder, name))
    this.#segments.push(segment)
    return segment
  }

  /** Oldest first: what a file says of messages in older ones is needed as long as those are there. */
  #dropEmpty(): void {
    while (this.#segments[0]?.live === 0) {
      // the last one goes as well when nothing at all is open, but not for each message that comes and goes
      if (this.#segments.length === 1 && this.#segments[0].size < SMALL_BYTES) return
      this.#segments.shift()!.remove()
    }
    if (this.#segments.length === 0) this.#settlements.clear()
  }

  #cleanUp(): void {
    this.#dropEmpty()
    const size = this.#segments.reduce((sum, segment) => sum + segment.size, 0)
    if (this.#segments.length < 2 || size < this.#segmentBytes * 2 || size < this.#openBytes * 2) return
    try {
      this.#copyOldest()
    } catch {
      // a full disk: the oldest file stays, and nothing is lost
    }
  }

  #copyOldest(): void {
    const [oldest] = this.#segments
    const moved: Kept[] = []
    let bytes = 0
    // messages are kept in the order of their files
    for (const kept of this.#open.values()) {
      if (kept.segment !== oldest || bytes > COPY_BYTES) break
      moved.push(kept)
      bytes += kept.message.size
    }
    const entries = moved.map(published)
    const segment = this.#append(entries)
    moved.forEach((kept, index) => {
      this.#forget(kept)
      this.#keep(kept, segment, sizeOf(entries[index]!))
    })
    this.#dropEmpty()
  }

  #replay(segment: Segment, kind: number, payload: Buffer): void {
    if (kind === PUBLISHED) {
      const end = payload.indexOf(10)
      const [id, time, ...keys] = payload.toString('latin1', 0, end).split(' ')
      const message = new StoredMessage(id!, Number(time), Buffer.from(payload.subarray(end + 1)))
      this.#greatestId = Math.max(this.#greatestId, Number(id))
      const copied = this.#open.get(message.id)
      if (copied) this.#forget(copied)
      this.#keep({ message, keys: keys.map(Number) }, segment, payload.length)
    } else {
      const [key, id] = payload.toString('latin1').split(' ')
      const open = this.#open.get(id!)
      if (open && kind === SETTLED) this.#settle(open, Number(key))
      else if (open && kind === HELD) open.keys = [...open.keys, Number(key)]
    }
  }

  #keep({ message, keys }: OpenMessage, segment: Segment, bytes: number): void {
    this.#open.set(message.id, { message, keys, segment, bytes })
    segment.live++
    this.#openBytes += bytes
  }

  #forget(kept: Kept): void {
    this.#open.delete(kept.message.id)
    kept.segment.live--
    this.#openBytes -= kept.bytes
  }

  #settle(kept: Kept, key: number): void {
    const left = this.#without(kept.keys, key)
    if (left.length === 0) this.#forget(kept)
    else kept.keys = left
  }

  #without(keys: readonly number[], key: number): readonly number[] {
    const last = this.#last
    if (last.keys === keys && last.key === key) return last.left
    const left = keys.filter((other) => other !== key)
    this.#last = { keys, key, left }
    return left
  }
}

const NOTHING = Buffer.alloc(0)

function published({ message: { id, publishTime, body }, keys }: OpenMessage): Entry {
  return { kind: PUBLISHED, head: `${id} ${publishTime} ${keys.join(' ')}\n`, body }
}

/** The file of versions that had only one comes first. */
function numberOf(name: string): number {
  return Number(NAME.exec(name)![1]?.slice(1) ?? 0)
}
