import { checkName } from '../resources/names.ts'
import { alreadyThere, inProject, notFound } from '../resources/resource-errors.ts'
import type { Resources } from '../resources/resources.ts'
import type { Retained } from '../messages/retained.ts'
import type { Saver } from '../resources/saver.ts'
import type { SchemaSettings } from '../resources/schema-revision.ts'
import { checkTopic, retentionMs, type TopicConfig } from '../resources/topic-config.ts'

export interface Topic {
  config: TopicConfig
  /** Names. */
  readonly subscriptions: Set<string>
  /** What its message retention keeps. */
  retained: Retained | undefined
  /** What its snapshots keep. */
  snapshots: readonly Retained[]
}

export interface TopicOptions {
  readonly saver: Saver
  /** @throws GoogleError NOT_FOUND where they name what is not there */
  readonly checkSchema: (settings: SchemaSettings) => void
  /** Who retains messages for so many milliseconds: the one before, if there was one, or a new one. */
  readonly retain: (
    before: Retained | undefined,
    keepMs: number | undefined,
    key?: number,
  ) => Retained | undefined
}

const DELETED_SCHEMA = '_deleted-schema_'

/** Which topics there are. */
export class Topics {
  readonly #options: TopicOptions
  readonly #all = new Map<string, Topic>()

  constructor(options: TopicOptions) {
    this.#options = options
    options.saver.add(() => ({
      topics: [...this.#all.values()].map(({ config, retained }) => ({
        ...config,
        ...(retained && { retainedKey: retained.key }),
      })),
    }))
  }

  create(config: TopicConfig): TopicConfig {
    checkName('topics', config.name)
    if (this.#all.has(config.name)) throw alreadyThere(config.name)
    checkTopic(config)
    if (config.schemaSettings) this.#options.checkSchema(config.schemaSettings)
    this.#add(config)
    this.#options.saver.saveOr(() => this.#all.delete(config.name))
    return config
  }

  update(config: TopicConfig): TopicConfig {
    const topic = this.get(config.name)
    const { config: before, retained } = topic
    const { schemaSettings } = config
    if (schemaSettings && JSON.stringify(schemaSettings) !== JSON.stringify(before.schemaSettings))
      this.#options.checkSchema(schemaSettings)
    topic.config = checkTopic(config)
    topic.retained = this.#options.retain(retained, retentionMs(config))
    this.#options.saver.saveOr(() => {
      topic.config = before
      topic.retained = retained
    })
    if (!topic.retained) retained?.clear()
    return config
  }

  list(project: string): TopicConfig[] {
    return [...this.#all.values()].map(({ config }) => config).filter(({ name }) => inProject(name, project))
  }

  find(name: string): Topic | undefined {
    return this.#all.get(name)
  }

  /** @throws GoogleError NOT_FOUND */
  get(name: string): Topic {
    const topic = this.#all.get(name)
    if (!topic) throw notFound(name)
    return topic
  }

  names(): string[] {
    return [...this.#all.keys()]
  }

  /** Not saved. @returns what takes it back */
  remove(topic: Topic): () => void {
    const { name } = topic.config
    this.#all.delete(name)
    return () => this.#all.set(name, topic)
  }

  /** Where what the topic's snapshots keep goes from now on. */
  keepFor(name: string, snapshots: readonly Retained[]): void {
    const topic = this.#all.get(name)
    if (topic) topic.snapshots = snapshots
  }

  /** Its topics take no message any more (schema.proto, SchemaSettings.schema). @returns what takes it back */
  schemaDeleted(name: string): () => void {
    const topics = [...this.#all.values()].filter(({ config }) => config.schemaSettings?.schema === name)
    const call = (schema: string) => {
      for (const topic of topics)
        topic.config = { ...topic.config, schemaSettings: { ...topic.config.schemaSettings!, schema } }
    }
    call(DELETED_SCHEMA)
    return () => call(name)
  }

  /** @returns who takes the messages that an earlier process retained */
  restore(saved: Resources['topics']): Retained[] {
    return saved
      .map(({ retainedKey, ...config }) => this.#add(config, retainedKey).retained)
      .filter((retained) => retained !== undefined)
  }

  #add(config: TopicConfig, retainedKey?: number): Topic {
    const topic: Topic = {
      config,
      subscriptions: new Set(),
      retained: this.#options.retain(undefined, retentionMs(config), retainedKey),
      snapshots: [],
    }
    this.#all.set(config.name, topic)
    return topic
  }
}
