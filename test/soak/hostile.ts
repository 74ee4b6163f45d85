import { Random } from '../chaos/random.ts'

/** What must become of a hostile message: a row, or a dead letter for this reason. */
export type End = 'row' | `dead letter: ${string}`

export interface HostileMessage {
  readonly pattern: string
  readonly data: Buffer
  readonly attributes: Readonly<Record<string, string>>
  readonly end: End
}

interface Pattern {
  readonly name: string
  readonly end: End
  /** Megabytes a message: such a pattern comes once or twice in a whole run. */
  readonly isHeavy?: true
  /** @param id a new one for each message */
  readonly make: (id: string, random: Random) => string | Buffer | readonly (string | Buffer)[]
  readonly attributes?: (id: string) => Readonly<Record<string, string>>
}

const MANY_ATTRIBUTES = Object.fromEntries(
  Array.from({ length: 95 }, (_, n) => [`attribute-${n}`, 'x'.repeat(20)]),
)
const LONG_KEY = 'k'.repeat(250)
const event = (id: string, fields: object) =>
  JSON.stringify({ event_type: 'hostile', event_id: id, ...fields })
const nested = (open: string, close: string, depth: number) => open.repeat(depth) + close.repeat(depth)
const withJson = (id: string, json: string) => `{"event_type":"hostile","event_id":"${id}","v":${json}}`

const withId = (number: string, n: number) => `{"event_type":"hostile","event_id":${number},"n":${n}}`
const digits = (id: string) => id.replaceAll(/\D/g, '')

/** What reviews attacked the pipeline with, each with the end that it must have. */
const PATTERNS: readonly Pattern[] = [
  {
    name: '2,500 arrays deep',
    end: 'dead letter: too_deep',
    make: (id) => withJson(id, nested('[', ']', 2500)),
  },
  {
    name: '10,000 objects deep',
    end: 'dead letter: too_deep',
    make: (id) => withJson(id, `${'{"a":'.repeat(10_000)}1${'}'.repeat(10_000)}`),
  },
  {
    name: '100,000 arrays that never close',
    end: 'dead letter: too_deep',
    make: (id) => withJson(id, '['.repeat(100_000)),
  },
  {
    name: 'deep, with a number of 40 digits',
    end: 'dead letter: too_deep',
    make: (id) => withJson(id, `${'['.repeat(3000)}${'9'.repeat(40)}${']'.repeat(3000)}`),
  },
  { name: '400 arrays deep', end: 'row', make: (id) => withJson(id, nested('[', ']', 400)) },
  {
    name: 'a type of 200,000 letters',
    end: 'dead letter: event_type_too_long',
    make: () => `{"event_type":"${'A'.repeat(200_000)}"}`,
  },
  {
    name: '95 attributes, no JSON',
    end: 'dead letter: not_json',
    make: (id) => `no json ${id}`,
    attributes: () => MANY_ATTRIBUTES,
  },
  {
    name: '95 attributes, an event',
    end: 'row',
    make: (id) => event(id, {}),
    attributes: () => MANY_ATTRIBUTES,
  },
  {
    name: 'attributes of 1,024 bytes, no JSON',
    end: 'dead letter: not_json',
    make: (id) => `no json ${id}`,
    attributes: () => ({ long: 'ä'.repeat(512) }),
  },
  { name: 'no UTF-8', end: 'dead letter: not_utf8', make: () => Buffer.from([0x7b, 0xff, 0xfe, 0x7d]) },
  {
    name: 'half a character',
    end: 'dead letter: not_unicode',
    make: (id) => withJson(id, String.raw`"\ud800"`),
  },
  { name: 'a byte order mark', end: 'dead letter: not_json', make: (id) => `\ufeff${event(id, {})}` },
  {
    name: 'NUL and control characters',
    end: 'row',
    make: (id) => event(id, { text: '\0\u0001\u001f\u007f' }),
  },
  { name: 'half an object', end: 'dead letter: not_json', make: (id) => event(id, { n: 1 }).slice(0, -1) },
  { name: 'an array', end: 'dead letter: not_an_object', make: (id) => JSON.stringify([id]) },
  { name: 'null', end: 'dead letter: not_an_object', make: () => 'null' },
  {
    name: 'no type',
    end: 'dead letter: no_event_type',
    make: (id) => JSON.stringify({ event_id: id, meta: { event_type: 'hostile' } }),
  },
  { name: 'a type that is a number', end: 'dead letter: no_event_type', make: () => '{"event_type":5}' },
  {
    name: 'an order without its fields',
    end: 'dead letter: invalid_event',
    make: (id) => JSON.stringify({ event_type: 'order', event_id: id, items: [] }),
  },
  {
    name: 'types that look alike, one id',
    end: 'row',
    make: (id) =>
      ['twin.x', 'twin_x', 'Twin_X', 'TwinX'].map((type) =>
        JSON.stringify({ event_type: type, event_id: id, type }),
      ),
  },
  {
    name: 'types that are names of ours',
    end: 'row',
    make: (id) =>
      [
        'INFORMATION_SCHEMA',
        'dead_letters',
        'orders',
        'orders_deduplicated',
        'published_messages',
        '__proto__',
        'constructor',
        ' ',
        '9',
      ]
        .slice(0, 7)
        .map((type) => JSON.stringify({ event_type: type, event_id: id, n: 1 })),
  },
  {
    name: 'keys of JavaScript',
    end: 'row',
    make: (id) => withJson(id, '{"__proto__":{"polluted":true},"constructor":1,"toString":2,"":3}'),
  },
  {
    name: 'keys that are SQL',
    end: 'row',
    make: (id) =>
      event(id, {
        'a`b': 1,
        'a"; DROP TABLE orders; --': 2,
        'a.b': 3,
        'a-b': 4,
        '<script>alert(1)</script>': 5,
      }),
  },
  {
    name: 'keys of 300 characters',
    end: 'row',
    make: (id) => event(id, { [`${LONG_KEY}${'a'.repeat(100)}`]: 1, [`${LONG_KEY}${'b'.repeat(100)}`]: 2 }),
  },
  {
    name: 'a key twice',
    end: 'dead letter: duplicate_key',
    make: (id) => `{"event_type":"hostile","event_id":"${id}","a":1,"a":2}`,
  },
  {
    name: 'numbers beyond every column',
    end: 'row',
    make: (id) => withJson(id, `[1e400,-1e400,1e-400,${'9'.repeat(400)},0.${'1'.repeat(400)}]`),
  },
  {
    name: 'a column of every type',
    end: 'row',
    make: (id, random) =>
      withJson(
        id,
        random.of([
          '1',
          '1.5',
          '"text"',
          '{"a":1}',
          '[1,"a",{}]',
          'true',
          'null',
          '[[1],[2]]',
          '"2026-01-01"',
        ]),
      ),
  },
  {
    name: 'an id that is no id',
    end: 'row',
    make: (_, random) =>
      `{"event_type":"hostile","event_id":${random.of(['{}', '[]', 'true', '""', 'null'])},"n":${random.below(1e9)}}`,
  },
  {
    name: 'an id that is a number, written in three ways',
    end: 'row',
    // each with its own digits: the same number twice, with other bytes, is a collision
    make: (id, random) =>
      withId(random.of([`${digits(id)}e2`, `${digits(id)}.0`, `-${digits(id)}`]), random.below(1e9)),
  },
  {
    name: 'an id of 100,000 letters',
    end: 'row',
    make: (id) => event(id.repeat(Math.ceil(100_000 / id.length)), {}),
  },
  {
    name: 'a date that is none',
    end: 'row',
    make: (id, random) =>
      event(id, { event_date: random.of(['0001-01-01', '9999-12-31', 'yesterday', '2026-02-30']) }),
  },
  {
    name: 'CloudEvents attributes that are none',
    end: 'row',
    make: (id) => event(id, { n: 2 }),
    attributes: (id) => ({ 'ce-id': id, 'ce-time': 'never', 'ce-source': '\u202e/‮' }),
  },
  {
    name: 'an event type of its own',
    end: 'row',
    make: (id, random) => JSON.stringify({ event_type: `kind_${random.below(60)}`, event_id: id, n: 1 }),
  },
  {
    name: '10,000 numbers in an array',
    end: 'row',
    make: (id) => event(id, { many: Array.from({ length: 10_000 }, (_, n) => n) }),
  },
  {
    name: '9.4 MB of text',
    end: 'row',
    isHeavy: true,
    make: (id) => event(id, { text: 'x'.repeat(9_400_000) }),
  },
  {
    name: '9,999,800 bytes, no JSON',
    end: 'dead letter: not_json',
    isHeavy: true,
    make: () => 'x'.repeat(9_999_800),
  },
  {
    name: '9 MB of arrays in arrays',
    end: 'dead letter: too_deep',
    isHeavy: true,
    make: (id) => withJson(id, nested('[', ']', 4_500_000)),
  },
  ...[28, 498].map((levels) => ({
    name: `1 MB of objects that differ, ${levels} levels deep`,
    end: 'row' as const,
    isHeavy: true as const,
    make: (id: string) => {
      const many = Array.from({ length: 80_000 }, (_, n) => `{"k${n}":1}`).join()
      return withJson(
        id,
        `${'[{"k":'.repeat(levels / 2 - 1)}[${many}]${'}]'.repeat(levels / 2 - 1)}`,
      ).replace('"hostile"', `"hostile_${levels}"`)
    },
  })),
  {
    name: '30,000 objects of keys that are no names, none of which comes twice',
    end: 'row',
    isHeavy: true,
    make: (id) => {
      const many = Array.from({ length: 30_000 }, (_, n) => `{"a":{"b-${n % 250}":{"c-${n}":1}}}`).join()
      return withJson(id, `[${many}]`).replace('"hostile"', '"hostile_odd"')
    },
  },
  {
    name: '100,001 keys',
    end: 'dead letter: too_many_keys',
    isHeavy: true,
    make: (id) => withJson(id, `{${Array.from({ length: 100_000 }, (_, n) => `"k${n}":1`).join()}}`),
  },
  {
    name: '500 keys',
    end: 'row',
    isHeavy: true,
    make: (id) =>
      JSON.stringify({
        event_type: 'wide',
        event_id: id,
        ...Object.fromEntries(Array.from({ length: 500 }, (_, n) => [`k${n}`, n])),
      }),
  },
]

/** The name of each pattern. */
export const PATTERN_NAMES: readonly string[] = PATTERNS.map(({ name }) => name)

/** Hostile messages without end: every pattern in turn, in an order of the seed's own; heavy ones in the first round alone. */
export function* hostileMessages(seed: number): Generator<readonly HostileMessage[]> {
  const random = new Random(seed)
  for (let round = 0; ; round++) {
    const patterns = PATTERNS.filter(({ isHeavy }) => !isHeavy || round === 0)
      .map((pattern) => ({ pattern, at: random.below(1e9) }))
      .toSorted((one, other) => one.at - other.at)
    for (const { pattern } of patterns) {
      const id = `h-${seed}-${round}-${PATTERNS.indexOf(pattern)}`
      const made = pattern.make(id, random)
      const all = Array.isArray(made) ? (made as readonly (string | Buffer)[]) : [made as string | Buffer]
      const attributes = pattern.attributes?.(id) ?? {}
      yield all.map((data) => ({
        pattern: pattern.name,
        data: Buffer.from(data as string),
        attributes,
        end: pattern.end,
      }))
    }
  }
}
