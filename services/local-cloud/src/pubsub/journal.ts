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
  readonly #open = new Map<string, OpenMessage>()
  #fd: number | undefined
  #pending: Entry[] = []
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
    return { resources, messages: [...this.#open.values()] }
  }

  saveResources(resources: Resources): void {
    replaceFile(this.#resources, JSON.stringify(resources, null, 2))
  }

  published(message: StoredMessage, keys: readonly number[]): void {
    this.#open.set(message.id, { message, keys })
    this.#pending.push(published(message, keys))
  }

  settled(key: number, id: string): void {
    const open = this.#open.get(id)
    if (!open?.keys.includes(key)) return
    this.#settle(open, key)
    this.#pending.push({ kind: SETTLED, head: `${key} ${id}`, body: NOTHING })
    this.#timer ??= setTimeout(() => this.flush(), FLUSH_MS).unref()
  }

  flush(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    if (this.#fd === undefined || this.#pending.length === 0) return
    const bytes = bytesOf(this.#pending)
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
        if (open) this.#settle(open, Number(key))
      }
    }
  }

  #replayPublished(payload: Buffer): void {
    const end = payload.indexOf(10)
    const [id, time, ...keys] = payload.toString('latin1', 0, end).split(' ')
    const message = { id: id!, publishTime: Number(time), body: Buffer.from(payload.subarray(end + 1)) }
    this.#open.set(message.id, { message, keys: keys.map(Number) })
  }

  #settle({ message, keys }: OpenMessage, key: number): void {
    const left = keys.filter((other) => other !== key)
    if (left.length === 0) this.#open.delete(message.id)
    else this.#open.set(message.id, { message, keys: left })
  }

  #compact(): void {
    if (this.#fd !== undefined) closeSync(this.#fd)
    const bytes = bytesOf([...this.#open.values()].map(({ message, keys }) => published(message, keys)))
    replaceFile(this.#log, bytes)
    this.#fd = openSync(this.#log, 'a')
    // what is open counts for nothing: the next rewrite comes when as much again has been written
    this.#written = -bytes.length
  }
}

/** A record of the file: its kind and length, a line or a word of text in ASCII, and bytes. */
interface Entry {
  readonly kind: number
  readonly head: string
  readonly body: Buffer
}

const NOTHING = Buffer.alloc(0)

function published({ id, publishTime, body }: StoredMessage, keys: readonly number[]): Entry {
  return { kind: PUBLISHED, head: `${id} ${publishTime} ${keys.join(' ')}\n`, body }
}

/** All records in one buffer: they are many and small. */
function bytesOf(entries: readonly Entry[]): Buffer {
  const size = entries.reduce((sum, { head, body }) => sum + HEADER + head.length + body.length, 0)
  const bytes = Buffer.allocUnsafe(size)
  let at = 0
  for (const { kind, head, body } of entries) {
    bytes[at] = kind
    bytes.writeUInt32LE(head.length + body.length, at + 1)
    bytes.write(head, at + HEADER, 'latin1')
    bytes.set(body, at + HEADER + head.length)
    at += HEADER + head.length + body.length
  }
  return bytes
}

/** Writes beside and renames: a kill in the middle leaves the old file whole. */
function replaceFile(path: string, content: string | Buffer): void {
  writeFileSync(`${path}.new`, content)
  renameSync(`${path}.new`, path)
}
