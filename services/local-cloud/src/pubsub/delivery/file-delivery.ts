import { GiveBack } from './give-back.ts'
import { partsOf } from '../messages/message.ts'
import type { StoredMessage } from '../messages/stored-message.ts'
import type { StorageConfig } from '../resources/storage-config.ts'
import type { Consumer, Lease } from '../messages/consumer.ts'
import type { Subscription } from '../subscriptions/subscription.ts'

/** The buckets that Cloud Storage subscriptions write to. */
export interface FileDoor {
  /** @throws GoogleError where the bucket is missing */
  check(config: StorageConfig): void
  /** Resolves when the object is there. @param begunMs when its first message came, in milliseconds since 1970 */
  write(
    config: StorageConfig,
    subscription: string,
    messages: readonly StoredMessage[],
    begunMs: number,
  ): Promise<void>
}

interface OpenFile {
  readonly begunMs: number
  readonly leases: Lease[]
  bytes: number
}

const LARGEST_DELIVERY = 1000
const LOOK_MS = 100
/** So long a file may take to be made, once it is closed. */
const GRACE_SECONDS = 600

/** Collects a subscription's messages in files of Cloud Storage, and acknowledges them when their file is an object. */
export class FileDelivery implements Consumer {
  readonly #subscription: Subscription
  readonly #config: StorageConfig
  readonly #door: FileDoor
  readonly #now: () => number
  readonly #giveBack: GiveBack
  #open: OpenFile | undefined
  #look: NodeJS.Timeout | undefined

  constructor(subscription: Subscription, config: StorageConfig, door: FileDoor, now: () => number) {
    this.#subscription = subscription
    this.#config = config
    this.#door = door
    this.#now = now
    this.#giveBack = new GiveBack(subscription)
    subscription.attach(this)
  }

  room(): number {
    return this.#giveBack.isPaused ? 0 : LARGEST_DELIVERY
  }

  /** Longer than a file is open: what is in one is with nobody else. */
  ackDeadlineSeconds(): number {
    return this.#config.maxSeconds + GRACE_SECONDS
  }

  released(): void {}

  deliver(leases: readonly Lease[]): void {
    const { maxBytes = Infinity, maxMessages = Infinity } = this.#config
    for (const lease of leases) {
      const bytes = partsOf(lease.message).data.length
      if (this.#open && this.#open.bytes + bytes > maxBytes) this.#finish()
      this.#open ??= { begunMs: this.#now(), leases: [], bytes: 0 }
      this.#open.leases.push(lease)
      this.#open.bytes += bytes
      if (this.#open.bytes >= maxBytes || this.#open.leases.length >= maxMessages) this.#finish()
    }
    if (this.#open) this.#look ??= setInterval(() => this.#finishOld(), LOOK_MS).unref()
  }

  /** What is in an open file goes back. */
  close(): void {
    this.#giveBack.close()
    this.#subscription.detach(this)
    clearInterval(this.#look)
    const ids = this.#open?.leases.map(({ ackId }) => ackId) ?? []
    this.#open = undefined
    this.#subscription.modifyAckDeadline(ids, 0)
  }

  #finishOld(): void {
    if (this.#open && this.#now() - this.#open.begunMs < this.#config.maxSeconds * 1000) return
    clearInterval(this.#look)
    this.#look = undefined
    this.#finish()
  }

  #finish(): void {
    const file = this.#open
    this.#open = undefined
    if (file) void this.#write(file)
  }

  async #write({ leases, begunMs }: OpenFile): Promise<void> {
    const ids = leases.map(({ ackId }) => ackId)
    const messages = leases.map(({ message }) => message)
    try {
      await this.#door.write(this.#config, this.#subscription.config.name, messages, begunMs)
      this.#giveBack.succeeded()
      this.#subscription.acknowledge(ids)
    } catch {
      // no bucket, or a full disk: all of it comes again
      this.#giveBack.giveBack(ids)
    }
  }
}
