import { GoogleError } from '../../google-error.ts'
import { checkName, idOf } from '../resources/names.ts'
import type { Registry } from './registry.ts'
import { alreadyThere, inProject, notFound } from '../resources/resource-errors.ts'
import { Retained } from '../messages/retained.ts'
import type { Saver } from '../resources/saver.ts'
import type { SnapshotConfig } from '../resources/snapshot-config.ts'
import { checkLabels } from '../resources/subscription-config.ts'

export interface Snapshot {
  config: SnapshotConfig
  /** What was not acked when it was made, and what was published to the topic since. */
  readonly messages: Retained
}

export interface SnapshotOptions {
  readonly registry: Registry
  readonly saver: Saver
  readonly now: () => number
  /** Keeps these messages for `key` over a restart. @throws GoogleError */
  readonly hold: (key: number, ids: readonly string[]) => void
  readonly release: (key: number, id: string) => void
  /** Told of each snapshot that goes. @returns what takes it back */
  readonly deleting: (name: string) => () => void
}

const WEEK_MS = 604_800_000
const HOUR_MS = 3_600_000

/** What a subscription had not acked at some moment, for it or others of its topic to seek to. */
export class Snapshots {
  readonly #options: SnapshotOptions
  readonly #all = new Map<string, Snapshot>()

  constructor(options: SnapshotOptions) {
    this.#options = options
    options.saver.add(() => ({
      snapshots: [...this.#all.values()].map(({ config, messages: { key } }) => ({ config, key })),
    }))
  }

  /**
   * @throws GoogleError FAILED_PRECONDITION where the oldest message would end it within an hour (pubsub.proto,
   *   Snapshot.expire_time: a week, less the age of the oldest message that is not acked)
   */
  create(name: string, subscriptionName: string, labels: Readonly<Record<string, string>>): SnapshotConfig {
    checkName('snapshots', name)
    checkLabels(labels)
    const { registry, now, hold, saver } = this.#options
    const { subscription } = registry.notDetached(subscriptionName)
    if (this.#find(name)) throw alreadyThere(name)
    const pending = subscription.inOrder()
    const expireTime = Math.min(now(), pending[0]?.publishTime ?? now()) + WEEK_MS
    if (expireTime - now() < HOUR_MS) {
      throw new GoogleError(
        'FAILED_PRECONDITION',
        `The snapshot would expire within an hour: the oldest unacked message is too old (resource=${idOf(name)}).`,
      )
    }
    const { topic } = subscription.config
    const snapshot = {
      config: { name, topic, labels, expireTime },
      messages: this.#keep(registry.nextKey(), expireTime),
    }
    hold(
      snapshot.messages.key,
      pending.map(({ id }) => id),
    )
    for (const message of pending) snapshot.messages.add(message)
    this.#all.set(name, snapshot)
    this.#tellTopic(topic)
    saver.saveOr(() => this.#remove(snapshot))
    return snapshot.config
  }

  /** @throws GoogleError NOT_FOUND */
  get(name: string): Snapshot {
    const found = this.#find(name)
    if (!found) throw notFound(name)
    return found
  }

  update(config: SnapshotConfig): SnapshotConfig {
    const snapshot = this.get(config.name)
    const before = snapshot.config
    checkLabels(config.labels)
    if (config.expireTime <= this.#options.now() || config.expireTime > this.#options.now() + WEEK_MS)
      throw new GoogleError('INVALID_ARGUMENT', 'Invalid expire_time: it must lie within the next 7 days.')
    snapshot.config = config
    this.#options.saver.saveOr(() => {
      snapshot.config = before
    })
    snapshot.messages.until = config.expireTime
    return config
  }

  delete(name: string): void {
    const snapshot = this.get(name)
    this.#all.delete(name)
    const takeBack = this.#options.deleting(name)
    this.#options.saver.saveOr(() => {
      this.#all.set(name, snapshot)
      takeBack()
    })
    this.#remove(snapshot)
  }

  list(project: string): SnapshotConfig[] {
    return this.#live()
      .map(({ config }) => config)
      .filter(({ name }) => inProject(name, project))
  }

  /** Names. @throws GoogleError NOT_FOUND where there is no such topic */
  ofTopic(topic: string): string[] {
    this.#options.registry.topics.get(topic)
    return this.#live()
      .filter(({ config }) => config.topic === topic)
      .map(({ config }) => config.name)
  }

  /** A snapshot outlives its topic, whose name is then another's to take. @returns what takes it back */
  topicDeleted(topic: string, called: string): () => void {
    const orphans = [...this.#all.values()].filter(({ config }) => config.topic === topic)
    const call = (theTopic: string) => {
      for (const orphan of orphans) orphan.config = { ...orphan.config, topic: theTopic }
    }
    call(called)
    return () => call(topic)
  }

  /** @returns who takes the messages that an earlier process kept */
  restore(saved: readonly { readonly config: SnapshotConfig; readonly key: number }[]): readonly Retained[] {
    for (const { config, key } of saved) {
      this.#all.set(config.name, { config, messages: this.#keep(key, config.expireTime) })
      this.#tellTopic(config.topic)
    }
    return [...this.#all.values()].map(({ messages }) => messages)
  }

  reset(): void {
    for (const name of this.#all.keys().toArray()) this.delete(name)
  }

  #find(name: string): Snapshot | undefined {
    return this.#live().find(({ config }) => config.name === name)
  }

  #live(): Snapshot[] {
    for (const snapshot of this.#all.values())
      if (snapshot.config.expireTime <= this.#options.now()) this.#remove(snapshot)
    return [...this.#all.values()]
  }

  #keep(key: number, expireTime: number): Retained {
    const retained = new Retained(key, this.#options.now, this.#options.release)
    retained.until = expireTime
    return retained
  }

  #remove(snapshot: Snapshot): void {
    this.#all.delete(snapshot.config.name)
    this.#tellTopic(snapshot.config.topic)
    snapshot.messages.clear()
  }

  #tellTopic(topic: string): void {
    const snapshots = [...this.#all.values()].filter(({ config }) => config.topic === topic)
    this.#options.registry.topics.keepFor(
      topic,
      snapshots.map(({ messages }) => messages),
    )
  }
}
