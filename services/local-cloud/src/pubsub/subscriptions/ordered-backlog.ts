import { Backlog } from './backlog.ts'
import type { Consumer } from '../messages/consumer.ts'
import { Fifo } from './fifo.ts'
import { Line, type Delivery } from './line.ts'
import { orderingKeyOf } from '../messages/message.ts'
import type { Published } from '../messages/published.ts'

/**
 * The backlog of a subscription that keeps the order of messages with the same ordering key
 * (cloud.google.com/pubsub/docs/ordering): a key's messages go to one consumer as long as some of them are out.
 */
export class OrderedBacklog extends Backlog {
  readonly #lines = new Map<string, Line>()
  /** Lines that can give a message to anybody. */
  readonly #free = new Fifo<Line>()
  /** Lines that can give one to the consumer that has the others. */
  readonly #owned = new Map<Consumer, Fifo<Line>>()
  readonly #gone = new WeakSet<Consumer>()
  readonly #comeBack: () => void
  #inLines = 0
  #keyless = false

  /** @param comeBack called when what was held for its backoff can go on */
  constructor(comeBack: () => void) {
    super()
    this.#comeBack = comeBack
  }

  override get size(): number {
    return super.size + this.#inLines
  }

  override push(delivery: Delivery): void {
    const key = orderingKeyOf(delivery.message.body)
    if (key === '') {
      super.push(delivery)
      return
    }
    let line = this.#lines.get(key)
    if (!line) this.#lines.set(key, (line = new Line(key)))
    delivery.line = line
    line.push(delivery)
    this.#inLines++
    this.#queue(line)
  }

  override pushAll(published: Published): void {
    for (const message of published) this.push({ message, failures: 0 })
  }

  override shift(consumer: Consumer): Delivery | undefined {
    const line = this.#take(this.#owned.get(consumer))
    if (line) return this.#next(line, consumer)
    // turn by turn: neither messages with a key nor those without wait for all of the others
    this.#keyless = !this.#keyless
    const first = this.#keyless ? super.shift(consumer) : undefined
    if (first) return first
    const free = this.#take(this.#free)
    return free ? this.#next(free, consumer) : super.shift(consumer)
  }

  override gone(consumer: Consumer): void {
    const lines = this.#owned.get(consumer)
    this.#owned.delete(consumer)
    this.#gone.add(consumer)
    // what it holds stays leased, and its keys stay with it until that has ended
    for (const line of lines?.all() ?? []) {
      line.isQueued = false
      this.#settle(line)
    }
  }

  /** @returns what is done now: nothing, as long as an earlier one of its key is out */
  acked(delivery: Delivery): Delivery[] {
    const line = delivery.line!
    const done = line.acked(delivery)
    this.#inLines += 1 - done.length
    this.#settle(line)
    return done
  }

  /**
   * Brings a delivery back, and all that followed it.
   *
   * @param gone it reached its end, so that only those that followed come again
   * @returns the followers
   */
  returned(delivery: Delivery, gone: boolean, waitMs: number): Delivery[] {
    const line = delivery.line!
    const [, ...followers] = line.returned(delivery)
    if (gone) line.dropFirst()
    else this.#inLines++
    // those that were acked too early are counted already
    for (const follower of followers) {
      if (!follower.isAcked) this.#inLines++
      follower.isAcked = false
    }
    if (waitMs > 0) this.#holdLine(line, waitMs)
    this.#settle(line)
    return followers
  }

  override *all(): Generator<Delivery> {
    yield* super.all()
    for (const line of this.#lines.values()) yield* line.all()
  }

  override clear(): void {
    super.clear()
    this.#lines.clear()
    this.#free.clear()
    this.#owned.clear()
    this.#inLines = 0
  }

  #next(line: Line, consumer: Consumer): Delivery {
    line.owner = consumer
    const delivery = line.next()
    this.#inLines--
    this.#queue(line)
    return delivery
  }

  /** Its messages have moved: another consumer may have it now, or nobody needs it. */
  #settle(line: Line): void {
    if (line.isFree) line.owner = undefined
    if (line.isEmpty && this.#lines.get(line.key) === line) this.#lines.delete(line.key)
    this.#queue(line)
  }

  #queue(line: Line): void {
    if (line.isQueued || line.isHeld || !line.hasMore) return
    const { owner } = line
    if (owner === undefined) this.#free.push(line)
    else if (owner.oneOfAKey || this.#gone.has(owner)) return
    else this.#ownedBy(owner).push(line)
    line.isQueued = true
  }

  #ownedBy(consumer: Consumer): Fifo<Line> {
    let lines = this.#owned.get(consumer)
    if (!lines) this.#owned.set(consumer, (lines = new Fifo()))
    return lines
  }

  /** The next line that still has something to give. */
  #take(lines: Fifo<Line> | undefined): Line | undefined {
    for (let line = lines?.shift(); line; line = lines?.shift()) {
      line.isQueued = false
      if (!line.isHeld && line.hasMore) return line
    }
    return undefined
  }

  #holdLine(line: Line, ms: number): void {
    line.isHeld = true
    setTimeout(() => {
      line.isHeld = false
      if (this.#lines.get(line.key) !== line) return
      this.#queue(line)
      this.#comeBack()
    }, ms).unref()
  }
}
