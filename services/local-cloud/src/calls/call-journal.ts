/** A call, when it was over. */
export interface Call {
  /** Counts all calls, from 1. */
  readonly sequence: number
  /** When it ended. */
  readonly time: string
  readonly service: Service
  readonly protocol: 'http' | 'grpc'
  /** `POST`, or `google.pubsub.v1.Publisher/Publish`. */
  readonly method: string
  /** HTTP: its path. gRPC: what clients send to route it by (x-goog-request-params); null: they sent nothing. */
  readonly resource: string | null
  /** HTTP's number, gRPC's name; null: no answer came. */
  readonly status: number | string | null
  readonly durationMs: number
  /** Bytes: of gRPC's messages with their prefixes; of HTTP on the connection, heads included. */
  readonly requestBytes: number
  readonly responseBytes: number
}

export type Service = 'pubsub' | 'eventarc' | 'bigquery' | 'bigquerystorage' | 'storage'
export const SERVICES: readonly Service[] = ['pubsub', 'eventarc', 'bigquery', 'bigquerystorage', 'storage']

/** What to look for. Texts of `method` and `resource` are parts of theirs. */
export interface CallFilter {
  readonly service?: string
  readonly method?: string
  readonly resource?: string
  readonly status?: string
  /** Calls behind this sequence. */
  readonly after?: number
  /** The last ones, so many at most. */
  readonly limit?: number
}

/** A call as it is written down: what costs time is only done for those that are asked for. */
type Noted = Omit<Call, 'sequence' | 'time' | 'resource'> & {
  readonly resource: Call['resource'] | (() => Call['resource'])
}

interface Kept extends Noted {
  readonly sequence: number
  readonly timeMs: number
}

/** The last calls: when there are more than it keeps, the oldest one goes. */
export class CallJournal {
  readonly #most: number
  readonly #now: () => number
  #ring: Kept[] = []
  #count = 0
  #oldest = 0

  /** @param most calls that are kept; 0: none */
  constructor(most: number, now: () => number) {
    this.#most = most
    this.#now = now
  }

  /** Calls that there were. */
  get count(): number {
    return this.#count
  }

  add(call: Noted): void {
    this.#count++
    if (this.#most === 0) return
    const whole = { ...call, sequence: this.#count, timeMs: this.#now() }
    if (this.#ring.length < this.#most) this.#ring.push(whole)
    else {
      this.#ring[this.#oldest] = whole
      this.#oldest = (this.#oldest + 1) % this.#most
    }
  }

  /** In their order. */
  find({ service, method = '', resource = '', status, after = 0, limit }: CallFilter = {}): readonly Call[] {
    const kept = [...this.#ring.slice(this.#oldest), ...this.#ring.slice(0, this.#oldest)]
    const found = kept
      .map(told)
      .filter(
        (call) =>
          call.sequence > after &&
          (service === undefined || call.service === service) &&
          (status === undefined || String(call.status) === status) &&
          call.method.includes(method) &&
          (call.resource ?? '').includes(resource),
      )
    return limit === undefined ? found : found.slice(-limit)
  }

  /** Forgets the calls, and goes on counting. */
  clear(): void {
    this.#ring = []
    this.#oldest = 0
  }
}

function told({ sequence, timeMs, service, protocol, method, resource, ...rest }: Kept): Call {
  return {
    sequence,
    time: new Date(timeMs).toISOString(),
    service,
    protocol,
    method,
    resource: typeof resource === 'function' ? resource() : resource,
    ...rest,
  }
}
