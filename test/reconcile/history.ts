import fc from 'fast-check'

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS
const MIDNIGHT_MS = Math.floor(Date.now() / DAY_MS - 5) * DAY_MS
/** A history begins before midnight, */
export const FIRST_MS = MIDNIGHT_MS - HOUR_MS
/** and reconcile is asked for what is published from then on. */
export const SINCE_MS = MIDNIGHT_MS + HOUR_MS / 2

/** What a publisher sends. */
export interface Sent {
  readonly text: string
  readonly attributes: Readonly<Record<string, string>>
  /** Milliseconds after the one before: those of one request have one time. */
  readonly afterMs: number
  /** What becomes of it, if it can. */
  readonly fate: Fate
}

/** `again`: it lands beside its row. `forgotten`: a collision that nobody sees. */
export type Fate = 'lands' | 'again' | 'forgotten' | 'is lost' | 'letter' | 'forwarded' | 'replayed'

/** Types of the default policy, of `collisions: keep`, of `duplicates: upsert`. */
export const TYPES = ['truth_plain', 'truth_kept', 'truth_lamp'] as const

const day = (offset: number): string => new Date(MIDNIGHT_MS + offset * DAY_MS).toISOString().slice(0, 10)
const IDS =
  String.raw`"a" "b" "\u0061" 1 1.0 1e3 1e20 12345678901234567.0 1e400 1.5 12345678901234567890123 1000000000000000000000000
  null "" {"a":1} "c\u0000" "é\n" "\ud83d\ude00"`
    .split(/\s+/)
    .concat(JSON.stringify('a b'), JSON.stringify('x'.repeat(300)))
const id = fc.constantFrom(...IDS)
const key = (name: string, letter: string) =>
  fc.constantFrom(name, name, name, name.replace(letter, `\\u00${letter.charCodeAt(0).toString(16)}`))
const part = fc.oneof(
  fc.tuple(key('event_id', 'i'), id),
  fc.tuple(key('event_id', 'i'), id),
  fc.tuple(fc.constant('n'), fc.constantFrom('1', '2')),
  fc.tuple(
    key('timestamp', 't'),
    fc.constantFrom(`"${day(-3)}T23:30:00-02:00"`, `"${day(1)}T00:00:00Z"`, '"soon"', '5'),
  ),
  fc.tuple(key('event_date', 'd'), fc.constantFrom(`"${day(-9)}"`, '"1999-01-01"', '"no day"')),
  fc.tuple(fc.constant('text'), fc.constantFrom('"one\\ntwo"', '"\\u0000"', '"\\"event_type\\": \\"x\\""')),
  fc.tuple(fc.constant('nested'), fc.constant('[{"event_id":"y"},{"event_id":"z"}]')),
)
const text = fc
  .tuple(key('event_type', 't'), fc.constantFrom(...TYPES), fc.array(part, { maxLength: 3 }), fc.boolean())
  .map(([name, type, parts, isFirst]) => {
    // SQL does not see that a key is there twice: what took the place of such a message, had it been an event, is told (decision 0006)
    const isSeen = type !== 'truth_lamp' || [name, ...parts.map(([own]) => own)].some(hasEscape)
    const pairs = (isSeen ? parts : withoutTwins(parts)).map(([own, value]) => `"${own}":${value}`)
    const named = `"${name}":"${type}"`
    return `{${(isFirst ? [named, ...pairs] : [...pairs, named]).join(',')}}`
  })
const hasEscape = (own: string): boolean => own.includes('\\')
function withoutTwins<P extends readonly [own: string, value: string]>(parts: readonly P[]): P[] {
  return parts.filter(([own], index) => parts.findIndex(([other]) => other === own) === index)
}
/** Events of one id, some of them with an escape where SQL may stumble. */
const alike = fc
  .tuple(
    key('event_type', 't'),
    fc.constantFrom(...TYPES),
    key('event_id', 'i'),
    fc.constantFrom('1', '2', '3'),
  )
  .map(([typeKey, type, idKey, n]) => `{"${typeKey}":"${type}","${idKey}":"a","n":${n}}`)
const attributes = fc.dictionary(
  fc.constantFrom('ce-id', 'ce-source', 'tablestream-caller', 'ce-time'),
  fc.constantFrom('', '1', 'a', '/shop', `${day(-1)}T23:00:00Z`),
  { maxKeys: 2 },
)
const fate = fc.constantFrom<Fate>(
  ...([
    'lands',
    'lands',
    'lands',
    'again',
    'forgotten',
    'is lost',
    'letter',
    'forwarded',
    'replayed',
  ] as const),
)

/** Messages of few kinds, so that many are alike. */
export const history: fc.Arbitrary<readonly Sent[]> = fc
  .array(
    fc.oneof(
      { arbitrary: alike, weight: 6 },
      { arbitrary: text, weight: 4 },
      { arbitrary: fc.constantFrom('no json', '[]', '{"event_type":5}'), weight: 1 },
    ),
    { minLength: 1, maxLength: 8, size: 'max' },
  )
  .chain((texts) =>
    fc.array(
      fc.record({
        text: fc.constantFrom(...texts),
        attributes: fc.oneof(fc.constant({}), fc.constant({}), attributes),
        afterMs: fc.constantFrom(0, 0, 1, HOUR_MS / 3, HOUR_MS),
        fate,
      }),
      { minLength: 1, maxLength: 40, size: 'max' },
    ),
  )
