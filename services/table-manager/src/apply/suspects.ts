import { FairQueue } from '@tablestream/service-kit'
import { AskedTwice } from './asked-twice.ts'
import { Sieve } from './sieve.ts'

/** An event, and what it asks for. */
export interface Asking {
  readonly id: string
  /** Whose it is. */
  readonly source: string
  readonly keys: readonly string[]
}

/** What is asked for next. */
export interface Trial {
  readonly way: Way
  /** Whose it is: all that they ask for, where no keys are named. */
  readonly askings: readonly Asking[]
  readonly keys?: readonly string[]
}

/**
 * Whom nobody suspects, all together. Events of a source one of whose events was refused. What was refused alone, for the second time.
 * The columns of an event that was refused.
 */
type Way = 'fresh' | 'doubted' | 'again' | 'guilty'

/** The turns where all are there; whose turn it is and is not there, the next one has it. */
const ORDER = 'fresh doubted fresh doubted again fresh doubted fresh doubted guilty'
const TURNS = ORDER.split(' ') as readonly Way[]
const REMEMBERED_MS = 5 * 60_000
const MOST_REMEMBERED = 1000
/** An event so many of whose columns are refused is refused as a whole. */
const MOST_REFUSED = 20

interface Source {
  readonly sieve: Sieve
  /** When the last one of its events was refused. */
  readonly at: number
  /** When it had its last turn of those that are refused. */
  turn: number
}

interface Guilty {
  readonly at: number
  /** Its columns; nothing while it does not wait. */
  sieve: Sieve | undefined
  /** How many of its columns are refused. */
  refused: number
}

/**
 * Who is refused of several that were asked for together. First it is told by events, oldest first and those of one source after those
 * of another; then by the columns of that event alone, which wait behind the events of others. So a column waits for a few asks,
 * whatever the others ask for who came with it. What is under suspicion is never asked for together with what is not.
 */
export class Suspects {
  readonly #now: () => number
  readonly #twice: AskedTwice
  #fresh = new Sieve()
  /** When fresh ones were refused last. */
  #freshRefusedAt = Number.NEGATIVE_INFINITY
  /** Sources and events, those whose turn is longest ago first. */
  readonly #sources = new Map<string, Source>()
  readonly #events = new Map<string, Guilty>()
  #turn = 0
  #turns = 0

  constructor(now: () => number) {
    this.#now = now
    this.#twice = new AskedTwice(now)
  }

  /** Nobody is suspected: all may ask together. */
  get isIdle(): boolean {
    this.#forgetOld()
    const isSearching = this.#freshRefusedAt + REMEMBERED_MS > this.#now()
    return !isSearching && this.#sources.size === 0 && this.#events.size === 0 && this.#twice.isEmpty
  }

  /** @returns how long to wait, in milliseconds, where it is too early for all that is wanted */
  next(all: readonly Asking[]): Trial | number {
    this.#forgetOld()
    this.#forgetThoseGone(all)
    const able = all.flatMap((asking) => {
      const keys = asking.keys.filter((key) => !this.#twice.has(key))
      return keys.length > 0 ? [{ ...asking, keys }] : []
    })
    const ways: Record<Way, () => Trial | undefined> = {
      fresh: () => this.#nextFresh(able),
      doubted: () => this.#nextDoubted(able),
      again: () => this.#nextAgain(all),
      guilty: () => this.#nextGuilty(able),
    }
    for (let n = 0; n < TURNS.length; n++) {
      const trial = ways[TURNS[(this.#turn + n) % TURNS.length]!]()
      if (trial) return trial
    }
    const waits = all.flatMap(({ keys }) => keys.map((key) => this.#twice.wait(key) ?? 0))
    return waits.reduce((least, wait) => Math.min(least, wait), Number.POSITIVE_INFINITY)
  }

  /** @param keys what was asked for in fact */
  taken({ way, askings }: Trial, keys: readonly string[]): void {
    this.#turned(way, askings)
    for (const key of keys) this.#twice.forget(key)
    const [first] = askings
    if (way === 'guilty') this.#events.get(first!.id)?.sieve?.taken(keys)
    else if (way !== 'again') this.#sieveOf(way, askings)?.taken(idsOf(askings))
  }

  /** @returns what is refused for certain: it was asked for alone, and twice in a second's time */
  refused({ way, askings }: Trial, keys: readonly string[]): string | undefined {
    this.#turned(way, askings)
    const [first] = askings
    if (!first) return undefined
    const now = this.#now()
    if (way === 'again') return this.#alone(first, keys[0]!)
    if (way === 'guilty') {
      const since = this.#events.get(first.id)?.sieve?.refused(keys, now)
      return since === undefined || keys.length > 1 ? undefined : this.#alone(first, keys[0]!, since)
    }
    if (way === 'fresh') this.#freshRefusedAt = now
    const since = this.#sieveOf(way, askings)?.refused(idsOf(askings), now)
    if (since === undefined) return undefined
    this.#suspect(first, keys, since)
    return keys.length === 1 ? this.#alone(first, keys[0]!, since) : undefined
  }

  /** What is refused, and nobody knows whether for good, is asked for alone from now on. */
  keepApart(key: string): void {
    this.#twice.keepApart(key)
  }

  /** Whether it is not to be asked for with others. */
  isApart(key: string): boolean {
    return this.#twice.has(key)
  }

  /** Whether it was refused lately, when it asked alone. */
  isGuilty(id: string): boolean {
    return this.#events.has(id)
  }

  /** Whether so many of its columns were refused lately that it is refused as a whole. */
  isDismissed(id: string): boolean {
    const event = this.#events.get(id)
    return event !== undefined && event.refused >= MOST_REFUSED && event.at + REMEMBERED_MS > this.#now()
  }

  /** Nobody waits. */
  rest(): void {
    this.#forgetThoseGone([])
  }

  #nextFresh(able: readonly Asking[]): Trial | undefined {
    const fresh = able.filter(({ id, source }) => !this.#events.has(id) && !this.#sources.has(source))
    return this.#some('fresh', inTurns(fresh), this.#fresh)
  }

  #nextDoubted(able: readonly Asking[]): Trial | undefined {
    for (const [source, { sieve }] of this.#sources) {
      const its = able.filter((asking) => asking.source === source && !this.#events.has(asking.id))
      const trial = this.#some('doubted', its, sieve)
      if (trial) return trial
    }
    return undefined
  }

  #some(way: Way, askings: readonly Asking[], sieve: Sieve): Trial | undefined {
    if (askings.length === 0) return undefined
    const chosen = new Set(sieve.next(idsOf(askings)))
    return { way, askings: askings.filter(({ id }) => chosen.has(id)) }
  }

  #nextAgain(all: readonly Asking[]): Trial | undefined {
    const ripe = all.flatMap((asking) => {
      const key = asking.keys.find((each) => this.#twice.wait(each) === 0)
      return key === undefined ? [] : [{ way: 'again' as const, askings: [asking], keys: [key] }]
    })
    return this.#longestAgo(ripe)
  }

  #nextGuilty(able: readonly Asking[]): Trial | undefined {
    const waiting = new Map(able.map((asking) => [asking.id, asking]))
    const guilty = [...this.#events].flatMap(([id, event]) => {
      const asking = waiting.get(id)
      if (!asking) return []
      event.sieve ??= new Sieve()
      return [{ way: 'guilty' as const, askings: [asking], keys: event.sieve.next(asking.keys) }]
    })
    return this.#longestAgo(guilty)
  }

  /** Of the source whose turn is longest ago. */
  #longestAgo(trials: readonly Trial[]): Trial | undefined {
    const turnOf = ({ askings: [asking] }: Trial) => this.#sources.get(asking!.source)?.turn ?? 0
    const longest = trials.reduce((turn, trial) => Math.min(turn, turnOf(trial)), Number.POSITIVE_INFINITY)
    return trials.find((trial) => turnOf(trial) === longest)
  }

  #turned(way: Way, [first]: readonly Asking[]): void {
    while (TURNS[this.#turn] !== way) this.#turn = (this.#turn + 1) % TURNS.length
    this.#turn = (this.#turn + 1) % TURNS.length
    if (!first) return
    const source = this.#sources.get(first.source)
    if (way === 'doubted') toTheEnd(this.#sources, first.source)
    if (way === 'guilty') toTheEnd(this.#events, first.id)
    if (source && (way === 'guilty' || way === 'again')) source.turn = ++this.#turns
  }

  #sieveOf(way: Way, askings: readonly Asking[]): Sieve | undefined {
    return way === 'fresh' ? this.#fresh : this.#sources.get(askings[0]?.source ?? '')?.sieve
  }

  #suspect({ id, source }: Asking, keys: readonly string[], since: number): void {
    const now = this.#now()
    const known = this.#sources.get(source)
    put(this.#sources, source, { sieve: known?.sieve ?? new Sieve(), turn: known?.turn ?? 0, at: now })
    put(this.#events, id, { at: now, sieve: new Sieve(keys, since), refused: 0 })
  }

  #alone({ id }: Asking, key: string, since?: number): string | undefined {
    if (!this.#twice.refused(key, since)) return undefined
    const event = this.#events.get(id)
    if (event) event.refused++
    return key
  }

  #forgetOld(): void {
    const since = this.#now() - REMEMBERED_MS
    for (const map of [this.#sources, this.#events])
      for (const [key, { at }] of map) if (at <= since) map.delete(key)
    this.#twice.forgetOld()
    if (this.#freshRefusedAt <= since) this.#fresh = new Sieve()
  }

  /** What an event asks for may be much: it is kept only while the event is here. */
  #forgetThoseGone(all: readonly Asking[]): void {
    const here = new Set(idsOf(all))
    for (const [id, event] of this.#events) if (!here.has(id)) event.sieve = undefined
  }
}

function idsOf(askings: readonly Asking[]): readonly string[] {
  return askings.map(({ id }) => id)
}

/** The first of each source, then the second of each, and so on. */
function inTurns(askings: readonly Asking[]): readonly Asking[] {
  const queue = new FairQueue<Asking>()
  for (const asking of askings) queue.push(asking.source, asking)
  return askings.map(() => queue.shift()!)
}

function put<Value>(map: Map<string, Value>, key: string, value: Value): void {
  if (map.size >= MOST_REMEMBERED && !map.has(key)) map.delete(map.keys().next().value!)
  map.set(key, value)
}

function toTheEnd<Value>(map: Map<string, Value>, key: string): void {
  const value = map.get(key)
  if (value === undefined) return
  map.delete(key)
  map.set(key, value)
}
