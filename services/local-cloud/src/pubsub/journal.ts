import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { join } from 'node:path'
import type { StoredMessage } from './message.ts'
import type { TopicConfig } from './pubsub.ts'
import type { PushFormat } from './push-delivery.ts'
import type { SubscriptionConfig } from './subscription-config.ts'

export interface Resources {
  readonly topics: readonly TopicConfig[]
  readonly subscriptions: readonly {
    readonly config: SubscriptionConfig
    readonly format: PushFormat
    readonly key: number
  }[]
}

/** A message and the keys of the subscriptions that have not settled it. */
export interface OpenMessage {
  readonly message: StoredMessage
  readonly keys: readonly number[]
}

const PUBLISHED = 1
const SETTLED = 2
const HEADER = 5
/** The file is rewritten with what is still open once it is this large and mostly settled. */
const COMPACT_AT = 64 << 20
const FLUSH_MS = 20

/**
 * What is published and not settled, in one append-only file, so that a restart (or a kill) of local-cloud loses no
 * message. A publish is written before it is answered. Settlements are written a moment later: one that is lost
 * delivers a message again, which Pub/Sub may do anyway. Nothing is synced to the disk: it guards against the end of
 * the process, not of the machine.
 */
export class Journal {
  readonly #log: string
  readonly #resources: string
  readonly #open = new Map<string, { message: StoredMessage; keys: Set<number> }>()
  #fd: number | undefined
  #pending: Buffer[] = []
  #written = 0
  #timer: NodeJS.Timeout | undefined

  constructor(folder: string) {
    mkdirSync(folder, { recursive: true })
    this.#log = join(folder, 'pubsub-messages.log')
    this.#resources = join(folder, 'pubsub-resources.json')
  }

  /** Reads what an earlier process left, and begins a file that holds only what is still open. */
  restore(): { resources: Resources; messages: readonly OpenMessage[] } {
    const resources: Resources = existsSync(this.#resources)
      ? (JSON.parse(readFileSync(this.#resources, 'utf8')) as Resources)
      : { topics: [], subscriptions: [] }
    if (existsSync(this.#log)) this.#replay(readFileSync(this.#log))
    this.#compact()
    return {
      resources,
      messages: [...this.#open.values()].map(({ message, keys }) => ({ message, keys: [...keys] })),
    }
  }

  saveResources(resources: Resources): void {
    replaceFile(this.#resources, JSON.stringify(resources, null, 2))
  }

  published(message: StoredMessage, keys: readonly number[]): void {
    this.#open.set(message.id, { message, keys: new Set(keys) })
    this.#pending.push(publishRecord(message, keys))
  }

  settled(key: number, id: string): void {
    const open = this.#open.get(id)
    if (!open?.keys.delete(key)) return
    if (open.keys.size === 0) this.#open.delete(id)
    this.#pending.push(record(SETTLED, Buffer.from(`${key} ${id}`)))
    this.#timer ??= setTimeout(() => this.flush(), FLUSH_MS).unref()
  }

  flush(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    if (this.#fd === undefined || this.#pending.length === 0) return
    const bytes = Buffer.concat(this.#pending)
    this.#pending = []
    writeSync(this.#fd, bytes)
    this.#written += bytes.length
    if (this.#written > COMPACT_AT) this.#compact()
  }

  close(): void {
    this.flush()
    if (this.#fd !== undefined) closeSync(this.#fd)
    this.#fd = undefined
  }

  #replay(bytes: Buffer): void {
    let at = 0
    // a record that was cut off by a kill is the last one, and nobody was told that it was published
    while (at + HEADER <= bytes.length && at + HEADER + bytes.readUInt32LE(at + 1) <= bytes.length) {
      const kind = bytes[at]
      const payload = bytes.subarray(at + HEADER, at + HEADER + bytes.readUInt32LE(at + 1))
      at += HEADER + payload.length
      if (kind === PUBLISHED) this.#replayPublished(payload)
      else if (kind === SETTLED) {
        const [key, id] = payload.toString('latin1').split(' ')
        const open = this.#open.get(id!)
        open?.keys.delete(Number(key))
        if (open?.keys.size === 0) this.#open.delete(id!)
      }
    }
  }

  #replayPublished(payload: Buffer): void {
    const end = payload.indexOf(10)
    const [id, time, ...keys] = payload.toString('latin1', 0, end).split(' ')
    const message = { id: id!, publishTime: Number(time), body: Buffer.from(payload.subarray(end + 1)) }
    this.#open.set(message.id, { message, keys: new Set(keys.map(Number)) })
  }

  #compact(): void {
    const records = [...this.#open.values()].map(({ message, keys }) => publishRecord(message, [...keys]))
    if (this.#fd !== undefined) closeSync(this.#fd)
    const bytes = Buffer.concat(records)
    replaceFile(this.#log, bytes)
    this.#fd = openSync(this.#log, 'a')
    // what is open counts for nothing: the next rewrite comes when as much again has been written
    this.#written = -bytes.length
  }
}

function publishRecord({ id, publishTime, body }: StoredMessage, keys: readonly number[]): Buffer {
  const head = Buffer.from(`${id} ${publishTime} ${keys.join(' ')}\n`)
  return record(PUBLISHED, head, body)
}

function record(kind: number, ...parts: readonly Buffer[]): Buffer {
  const header = Buffer.allocUnsafe(HEADER)
  header[0] = kind
  header.writeUInt32LE(
    parts.reduce((sum, part) => sum + part.length, 0),
    1,
  )
  return Buffer.concat([header, ...parts])
}

/** Writes beside and renames: a kill in the middle leaves the old file whole. */
function replaceFile(path: string, content: string | Buffer): void {
  writeFileSync(`${path}.new`, content)
  renameSync(`${path}.new`, path)
}
