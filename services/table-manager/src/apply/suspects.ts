/** Where nobody knows it of one of several, it is told by trying half of them. */
interface Group {
  readonly keys: readonly string[]
  /** The other half of what was refused. */
  readonly other?: Group
  /** When the first change with these was refused, in milliseconds of the clock. */
  readonly since: number
  /** One of these is refused for certain: the others that were refused with them are taken. */
  isGuilty: boolean
  /** One that was refused alone: when it may be asked for again. */
  readonly notBefore?: number
}

/** What is to be tried next. */
export interface Trial {
  /** What nobody suspects. */
  readonly fresh: readonly string[]
  /** What is tried apart from all else; none where it is too early. */
  readonly suspected: readonly string[]
  /** Milliseconds until there are suspected ones to be tried; undefined where there are none. */
  readonly wait: number | undefined
}

/** Time between the two askings of one: the first may have been by what was read of a table that is another one since. */
const ASK_AGAIN_MS = 1000
const REMEMBERED_MS = 5 * 60_000
/** So many in a row were refused alone: nearly all are, it seems, and to ask for several together tells nothing. */
const MANY = 3

/**
 * Which of several things is refused that were asked for together: halves are tried, the first one to its end before the other, so that
 * after some asks there is one that is known. What is under suspicion is never asked for together with what is not.
 */
export class Suspects {
  readonly #now: () => number
  /** The last one is tried next. */
  #groups: Group[] = []
  /** How many were refused alone since something was taken. */
  #inARow = 0

  constructor(now: () => number) {
    this.#now = now
  }

  hasAny(keys: readonly string[]): boolean {
    const suspected = this.#all()
    return keys.some((key) => suspected.has(key))
  }

  next(wanted: readonly string[]): Trial {
    const now = this.#now()
    this.#groups = this.#groups.filter(({ since }) => since + REMEMBERED_MS > now)
    const suspected = this.#all()
    const fresh = wanted.filter((key) => !suspected.has(key))
    if (fresh.length === wanted.length) return { fresh, suspected: [], wait: undefined }
    const all = new Set(wanted)
    let wait = Number.POSITIVE_INFINITY
    for (let place = this.#groups.length - 1; place >= 0; place--) {
      const group = this.#groups[place]!
      if (group.keys.length > 1 && (group.isGuilty || this.#inARow >= MANY)) {
        // there is no need to ask for the whole of it
        this.#groups.splice(place, 1, ...halves(group.keys, group.since, group.isGuilty))
        place += 2
        continue
      }
      const keys = group.keys.filter((key) => all.has(key))
      if (keys.length === 0) continue
      const early = (group.notBefore ?? now) - now
      if (early <= 0) return { fresh, suspected: keys, wait: 0 }
      wait = Math.min(wait, early)
    }
    return { fresh, suspected: [], wait }
  }

  /** These are done: nobody suspects them any more. */
  taken(tried: readonly string[]): void {
    const group = this.#groups.find(({ keys }) => isSame(keys, tried))
    if (group?.other) group.other.isGuilty = true
    if (group) this.#inARow = 0
    this.#drop(tried)
  }

  /**
   * These were refused together.
   *
   * @returns whether that is certain of this one, which was asked for alone, and twice in a second's time
   */
  refused(tried: readonly string[]): boolean {
    const now = this.#now()
    const since = this.#groups.find(({ keys }) => keys.includes(tried[0]!))?.since ?? now
    this.#drop(tried)
    if (tried.length > 1) {
      this.#groups.push(...halves(tried, since, true))
      return false
    }
    this.#inARow++
    if (now - since >= ASK_AGAIN_MS) return true
    this.#groups.push({ keys: tried, since, isGuilty: true, notBefore: since + ASK_AGAIN_MS })
    return false
  }

  /** Goes on to try this one alone. */
  suspect(key: string): void {
    this.#groups.unshift({ keys: [key], since: this.#now(), isGuilty: true })
  }

  #all(): ReadonlySet<string> {
    return new Set(this.#groups.flatMap(({ keys }) => keys))
  }

  #drop(tried: readonly string[]): void {
    const gone = new Set(tried)
    this.#groups = this.#groups.flatMap((group) => {
      if (!group.keys.some((key) => gone.has(key))) return [group]
      const keys = group.keys.filter((key) => !gone.has(key))
      return keys.length === 0 ? [] : [{ ...group, keys, isGuilty: false }]
    })
  }
}

/** The first half last: it is tried next. @param isGuilty whether one of all is refused for certain */
function halves(keys: readonly string[], since: number, isGuilty: boolean): readonly [Group, Group] {
  const half = (keys.length + 1) >> 1
  const other: Group = { keys: keys.slice(half), since, isGuilty: false }
  return [other, { keys: keys.slice(0, half), ...(isGuilty && { other }), since, isGuilty: false }]
}

function isSame(one: readonly string[], two: readonly string[]): boolean {
  return one.length === two.length && one.every((key, place) => key === two[place])
}
