/** Who asks for what: a caller, one of its sources, one of that one's events, a column. */
export type Path = readonly [caller: string, source: string, event: string, column: string]

const SOURCE = 1
const EVENT = 2
const COLUMN = 3
const REMEMBERED_MS = 5 * 60_000
/** So many suspects, and so many who are trusted, are remembered of one party. */
const MOST = 1000
/** So many requests of a caller under suspicion wait; beyond that some more, for a moment: most changes are made within it. */
const MOST_WAITING = 20
const MOST_FOR_A_MOMENT = 40
const MOMENT_MS = 2000

/** Of whom something was taken lately; of whom nothing is known; of whom something was refused lately when it was asked for alone. */
type Kind = 'trusted' | 'fresh' | 'suspected'
const KINDS: readonly Kind[] = ['trusted', 'fresh', 'suspected']
/** Where one is not there, the next has its turn. */
const TURNS: readonly Kind[] = ['trusted', 'fresh', 'trusted', 'suspected']

/**
 * Who is refused of several that were asked for together, and who asks next. Callers that are refused ask apart from all others and take
 * turns with them; inside of one caller its sources do so, inside of a source its events, inside of an event its columns.
 */
export class Suspects {
  readonly #now: () => number
  #all: Party
  /** The oldest and the latest take turns: where more come than can be asked for, some are told soon, and none is passed over for ever. */
  #isLatestsTurn = false

  constructor(now: () => number) {
    this.#now = now
    this.#all = new Party(0, now)
  }

  /** Nobody was refused lately: all ask together. */
  get isIdle(): boolean {
    if (!this.#all.isForgotten) return false
    this.#all = new Party(0, this.#now)
    return true
  }

  /** What is asked for next: all of it together. */
  next(wanted: readonly Path[]): readonly Path[] {
    const all = this.#isLatestsTurn ? wanted.toReversed() : wanted
    this.#isLatestsTurn = !this.#isLatestsTurn
    return this.#all.next(all)
  }

  taken(asked: readonly Path[]): void {
    if (asked.length > 0) this.#all.taken(asked)
  }

  refused(asked: readonly Path[]): void {
    if (asked.length > 0) this.#all.refused(asked)
  }

  /**
   * Those that wait without hope of a turn soon: a caller under suspicion has few of them, so that it leaves room to others.
   *
   * @param since when each came, in milliseconds of the clock
   */
  surplus<Request extends { readonly path: Path; readonly since: number }>(
    requests: readonly Request[],
  ): readonly Request[] {
    const counted = requests.filter(({ path }) => this.#all.isCounted(path))
    const ranked = counted
      .map((request) => ({ request, rank: this.#all.rank(request.path) }))
      .toReversed()
      .toSorted((one, other) => one.rank - other.rank)
    const byCaller = Map.groupBy(ranked, ({ request }) => request.path[0])
    return [...byCaller.values()].flatMap((waiting) =>
      waiting.flatMap(({ request }, place) => {
        const isOld = this.#now() - request.since >= MOMENT_MS
        return place >= (isOld ? MOST_WAITING : MOST_FOR_A_MOMENT) ? [request] : []
      }),
    )
  }
}

/** All callers, one caller, one source or one event. */
class Party {
  readonly #level: number
  readonly #now: () => number
  /** The one whose turn is longest ago first. */
  readonly #suspects = new Map<string, Party>()
  /** When something of them was taken. */
  readonly #trusted = new Map<string, number>()
  /** How many ask together: half of what was refused, twice of what was taken. */
  readonly #together = { trusted: Number.POSITIVE_INFINITY, fresh: Number.POSITIVE_INFINITY }
  #refusedAt = Number.NEGATIVE_INFINITY
  #turn = 0

  constructor(level: number, now: () => number) {
    this.#level = level
    this.#now = now
  }

  get isForgotten(): boolean {
    return this.#refusedAt + REMEMBERED_MS <= this.#now()
  }

  next(wanted: readonly Path[]): readonly Path[] {
    for (const [name, party] of this.#suspects) if (party.isForgotten) this.#suspects.delete(name)
    const byName = Map.groupBy(wanted, (path) => path[this.#level]!)
    const byKind = Map.groupBy(byName.keys(), (name) => this.#kindOf(name))
    const kind = this.#nextKind((each) => byKind.has(each))
    if (kind === undefined) return []
    if (kind !== 'suspected')
      return byKind
        .get(kind)!
        .slice(0, this.#together[kind])
        .flatMap((name) => byName.get(name)!)
    const [name, party] = this.#suspects.entries().find(([each]) => byName.has(each))!
    put(this.#suspects, name, party)
    return party.next(byName.get(name)!)
  }

  taken(asked: readonly Path[]): void {
    const names = this.#namesOf(asked)
    const kind = this.#kindOf(names[0]!)
    if (kind === 'suspected') return this.#suspects.get(names[0]!)!.taken(asked)
    this.#together[kind] = Math.max(this.#together[kind], 2 * names.length)
    if (this.#level <= SOURCE) for (const name of names) put(this.#trusted, name, this.#now())
  }

  refused(asked: readonly Path[]): void {
    this.#refusedAt = this.#now()
    const names = this.#namesOf(asked)
    const [name] = names as [string]
    const kind = this.#kindOf(name)
    if (kind !== 'suspected') this.#together[kind] = Math.ceil(names.length / 2)
    if (names.length > 1 || this.#level === COLUMN) return
    const party = this.#suspects.get(name) ?? new Party(this.#level + 1, this.#now)
    this.#trusted.delete(name)
    put(this.#suspects, name, party)
    party.refused(asked)
  }

  /** Whether it is of a caller under suspicion, and not of a source that is trusted: those ask together, and do not wait for long. */
  isCounted(path: Path): boolean {
    const party = this.#suspects.get(path[0])
    return party !== undefined && party.#kindOf(path[SOURCE]) !== 'trusted'
  }

  /** The lower it is, the sooner it is asked for. */
  rank(path: Path): number {
    const name = path[this.#level]!
    const inside = this.#level < EVENT ? (this.#suspects.get(name)?.rank(path) ?? 0) : 0
    return KINDS.indexOf(this.#kindOf(name)) * KINDS.length ** (EVENT - this.#level) + inside
  }

  #nextKind(isThere: (kind: Kind) => boolean): Kind | undefined {
    for (let n = 0; n < TURNS.length; n++) {
      const kind = TURNS[(this.#turn + n) % TURNS.length]!
      if (!isThere(kind)) continue
      this.#turn = (this.#turn + n + 1) % TURNS.length
      return kind
    }
    return undefined
  }

  #kindOf(name: string): Kind {
    if (this.#suspects.has(name)) return 'suspected'
    const trustedAt = this.#trusted.get(name) ?? Number.NEGATIVE_INFINITY
    return trustedAt + REMEMBERED_MS > this.#now() ? 'trusted' : 'fresh'
  }

  #namesOf(asked: readonly Path[]): readonly string[] {
    return [...new Set(asked.map((path) => path[this.#level]!))]
  }
}

/** At the end; what stands first goes where there are too many. */
function put<Value>(map: Map<string, Value>, key: string, value: Value): void {
  map.delete(key)
  if (map.size >= MOST) map.delete(map.keys().next().value!)
  map.set(key, value)
}
