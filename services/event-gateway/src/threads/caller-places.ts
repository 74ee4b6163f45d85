interface Held<Place> {
  readonly place: Place
  /** Whose works are under way there, one entry for each. */
  readonly callers: string[]
}

/** Places of which each has works of a few callers: a caller's go where others of its own are, and else where the fewest are. */
export class CallerPlaces<Place> {
  readonly #all: readonly Held<Place>[]

  constructor(places: readonly Place[]) {
    this.#all = places.map((place) => ({ place, callers: [] }))
  }

  async run<Result>(caller: string, work: (place: Place) => Promise<Result>): Promise<Result> {
    const { place, callers } =
      this.#all.find((each) => each.callers.includes(caller)) ??
      this.#all.toSorted((one, other) => one.callers.length - other.callers.length)[0]!
    callers.push(caller)
    try {
      return await work(place)
    } finally {
      callers.splice(callers.indexOf(caller), 1)
    }
  }
}
