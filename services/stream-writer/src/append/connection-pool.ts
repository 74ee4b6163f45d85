import type { AppendResult } from './append-answer.ts'
import type { AppendConnection } from './append-connection.ts'
import type { AppendRequest, Destination } from './append-request.ts'

/** A place of one table on a connection. */
export interface Appender {
  /** False once the connection has ended, and when it was closed for want of use. */
  readonly isOpen: boolean
  append(rows: AppendRequest['rows']): Promise<AppendResult>
  /** Sends nothing more; what is under way is still answered. */
  close(): void
}

/** @param shared whether the streams of other tables may come on it, too */
export type OpenConnection = (writeStream: string, shared: boolean) => AppendConnection

export interface PoolOptions {
  readonly open: OpenConnection
  readonly now: () => number
}

/**
 * So many tables have a connection of their own, those after them share. Google advises to share beyond 20 connections
 * (write-api-best-practices), and lets a project have 1,000 of them in most regions.
 */
const MOST_OWN = 20
const TABLES_A_CONNECTION = 50
/** A table that sent nothing for so long gives its place up. */
const IDLE_MS = 60_000
const SWEEP_MS = 15_000

interface Shared {
  readonly connection: AppendConnection
  readonly places: Set<Place>
  readonly most: number
}

/** Connections for all tables of a writer: few, so that thousands of tables are no trouble. */
export class ConnectionPool {
  readonly #options: PoolOptions
  #connections: Shared[] = []
  readonly #timer: NodeJS.Timeout

  constructor(options: PoolOptions) {
    this.#options = options
    this.#timer = setInterval(() => this.sweep(), SWEEP_MS).unref()
  }

  /** @param alone on a connection that is nobody else's: what ends it is this table's own */
  connect(destination: Destination, alone: boolean): Appender {
    this.#connections = this.#connections.filter(({ connection }) => connection.isOpen)
    const shared = this.#place(destination, alone)
    const place = new Place(shared, destination, this.#options.now)
    shared.places.add(place)
    return place
  }

  /** Closes the places that nobody used for a while, and with the last place the connection. */
  sweep(): void {
    const since = this.#options.now() - IDLE_MS
    for (const { places } of this.#connections) {
      for (const place of places) if (place.usedAt < since) place.close()
    }
  }

  close(): void {
    clearInterval(this.#timer)
    for (const { connection } of this.#connections) connection.close()
    this.#connections = []
  }

  #place({ writeStream }: Destination, alone: boolean): Shared {
    const own = this.#connections.filter(({ most }) => most === 1)
    if (alone || own.length < MOST_OWN) return this.#open(writeStream, 1)
    const free = this.#connections.filter(({ places, most }) => places.size < most)
    return (
      free.toSorted((a, b) => a.places.size - b.places.size)[0] ??
      this.#open(writeStream, TABLES_A_CONNECTION)
    )
  }

  #open(writeStream: string, most: number): Shared {
    const shared = { connection: this.#options.open(writeStream, most > 1), places: new Set<Place>(), most }
    this.#connections.push(shared)
    return shared
  }
}

class Place implements Appender {
  readonly #shared: Shared
  readonly #destination: Destination
  readonly #now: () => number
  usedAt: number

  constructor(shared: Shared, destination: Destination, now: () => number) {
    this.#shared = shared
    this.#destination = destination
    this.#now = now
    this.usedAt = now()
  }

  get isOpen(): boolean {
    return this.#shared.connection.isOpen && this.#shared.places.has(this)
  }

  append(rows: AppendRequest['rows']): Promise<AppendResult> {
    this.usedAt = this.#now()
    return this.#shared.connection.append(rows, this.#destination)
  }

  close(): void {
    const { connection, places } = this.#shared
    places.delete(this)
    if (places.size === 0) connection.close()
  }
}
