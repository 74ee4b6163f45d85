import type { Workshop } from './google/storage.ts'

/** What was made of one share of a source. Plain JSON. */
export interface Written {
  readonly types: Readonly<Record<string, WrittenType>>
  /** The object with the share's dead letters; undefined where there are none. */
  readonly letters: string | undefined
  /** The object with the `PlacedId`s of the messages that got a row; undefined where nobody asks. */
  readonly ids?: string
}

/** Where a record stands, and the id of the message that it was. */
export type PlacedId = readonly [place: number, messageId: string]

export interface WrittenType {
  readonly table: string
  readonly rows: number
  readonly deadLetters: number
  /** Days since 1970 of the rows; undefined where one has a day that it had not if it were read another time. */
  readonly days: readonly number[] | undefined
  /** Objects with the rows. */
  readonly objects: readonly string[]
  /** Names of the columns that rows have values of, beside those of the envelope and the system; absent: any. */
  readonly columns?: readonly string[]
  /** Of its objects, those that were loaded while the share was surveyed; absent: none. */
  readonly ahead?: LoadedAhead
}

/** Where rows of a share and a type are that were loaded while the source was surveyed. */
export interface LoadedAhead {
  readonly share: number
  /** Their rows of this share are those of the objects, and no others. */
  readonly tables: readonly string[]
  readonly objects: readonly string[]
}

/** In names of objects. */
export function numbered(portion: number): string {
  return String(portion).padStart(6, '0')
}

/** The objects in which it is. */
export function objectsOf({ types, letters, ids }: Written): readonly string[] {
  const rows = Object.values(types).flatMap(({ objects }) => objects)
  return [...rows, letters, ids].filter((name) => name !== undefined)
}

/** What was made of the first records of a share, and of those behind them, as one. */
export async function joined(
  workshop: Workshop,
  portion: number,
  first: Written,
  second: Written,
): Promise<Written> {
  const types = new Map(Object.entries(first.types))
  for (const [type, { rows, deadLetters, days, objects, table, columns }] of Object.entries(second.types)) {
    const before = types.get(type)
    const known = before ? before.columns : []
    types.set(type, {
      table,
      rows: rows + (before?.rows ?? 0),
      deadLetters: deadLetters + (before?.deadLetters ?? 0),
      objects: [...(before?.objects ?? []), ...objects],
      ...(days && (!before || before.days) && { days: [...new Set([...(before?.days ?? []), ...days])] }),
      ...(columns && known && { columns: [...new Set([...known, ...columns])] }),
    } as WrittenType)
  }
  const bytesOf = (names: readonly (string | undefined)[]) =>
    Promise.all(names.filter((name) => name !== undefined).map(workshop.bytesOf))
  const letters = `letters-${numbered(portion)}.ndjson`
  const hasLetters = first.letters !== undefined || second.letters !== undefined
  if (hasLetters) {
    const lines = (await bytesOf([first.letters, second.letters])).map((bytes) => bytes.toString())
    await workshop.put(letters, Buffer.from(lines.join('\n')))
  }
  const ids = `ids-${numbered(portion)}.json`
  const hasIds = first.ids !== undefined || second.ids !== undefined
  if (hasIds) {
    const all = (await bytesOf([first.ids, second.ids])).map((bytes) => JSON.parse(bytes.toString()) as [])
    await workshop.put(ids, Buffer.from(JSON.stringify(all.flat())))
  }
  return {
    types: Object.fromEntries(types),
    letters: hasLetters ? letters : undefined,
    ...(hasIds && { ids }),
  }
}
