/** `LONG_TESTS=1 npm test`, as CI does: also what takes long and rarely finds what the rest does not. */
const LONG = process.env['LONG_TESTS'] === '1'

/** The reason to leave out what takes long: calls of Google's tools, a second each, or a thousand tables. */
export const onlyLong: string | false = LONG ? false : 'LONG_TESTS=1 npm test runs it, and CI does'

/**
 * How many random cases a law is tried with. They are others each time.
 *
 * @param all that CI tries; a quarter of them without LONG_TESTS
 */
export const cases = (all: number): number => (LONG ? all : Math.ceil(all / 4))

/**
 * How much of one kind a story takes.
 *
 * @param all what CI takes
 * @param few without LONG_TESTS: enough for the story to show what it is about
 */
export const many = <T>(all: T, few: T): T => (LONG ? all : few)

/**
 * Which cases of one rule are tried, where each takes long: all with LONG_TESTS; otherwise some from all over the list, others each time.
 *
 * @param few how many without LONG_TESTS
 */
export function some<T>(all: readonly T[], few: number): readonly T[] {
  if (LONG || few >= all.length) return all
  const first = Number(process.env['SEED'] ?? Math.floor(Math.random() * 1e6)) % all.length
  const places = Array.from(
    { length: few },
    (_, n) => (first + Math.floor((n * all.length) / few)) % all.length,
  )
  return places.toSorted((a, b) => a - b).map((place) => all[place]!)
}
