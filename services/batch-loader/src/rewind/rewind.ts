import { randomUUID } from 'node:crypto'
import { destination, keptTableOf, knownTypes, rewoundTableOf } from '@tablestream/contract'
import { keysOf } from '@tablestream/ledger'
import { planAll, type Column, type JsonObject, type PlanOptions } from '@tablestream/table-schema'
import type { Account } from '../ledger.ts'
import { LoadError } from '../load-error.ts'
import { loadObject } from '../load-object.ts'
import type { LoadParts } from '../load-parts.ts'
import { recordedObject } from '../sources/recorded.ts'
import { wantedOf } from '../tables.ts'
import { ALL_DAYS, countRows } from './all-rows.ts'
import { carriedCount, carryStatement, type CarryParts } from './carry-statement.ts'
import { differencesOf, type Differences } from './differences.ts'
import { inheritGrants } from './grants.ts'
import { problemsOf } from './problems.ts'
import { swap, type SwapNotes } from './swap.ts'
import { inheritTraits, refuseHidden } from './traits.ts'

/** Makes the table of a rewind, by the code of table-manager. */
export interface RewoundTable {
  /** @throws Error where there is one already */
  make(columns: readonly Column[]): Promise<void>
  /** Makes it take an event, as far as its policy and BigQuery let it. */
  fit(event: JsonObject): Promise<void>
}

export interface RewindOptions {
  readonly eventType: string
  /** Milliseconds since 1970. */
  readonly since: number
  /** What was published from then on is left as it is; undefined: the newest row of the table. */
  readonly until?: number | undefined
  /** Columns are planned anew, and not those of the table. */
  readonly hasNewColumns: boolean
  readonly rewoundTable: (table: string) => RewoundTable
  /** Gets the dead letters of the span: whose events have a row until the tables are swapped. */
  readonly keepLetters: LoadParts['publishLetters']
}

export interface Rewound {
  readonly table: string
  readonly rewound: string
  /** RFC 3339 */
  readonly since: string
  readonly until: string
  /** When the first message of the span was published, RFC 3339; undefined: the record has none of it. */
  readonly oldest: string | undefined
  /** Rows that are not of the span. */
  readonly carried: number
  /** What became of the messages of the span. */
  readonly accounts: readonly Account[]
  readonly differences: Differences
  /** What was granted on the table and is not on the rewound one, in sentences. */
  readonly notGranted: readonly string[]
  /** What does not come out, in sentences: then it is not swapped. */
  readonly problems: readonly string[]
}

interface CarriedOver extends Pick<Rewound, 'carried'> {
  /** Rows of the table ahead of it. */
  readonly rowsAhead: number
}

const PUBLISHED = 'published_messages'

/** Another one each time. */
const jobName = () => `rewind_${randomUUID().replaceAll('-', '')}`

const LABEL = 'made_by'
/** Of the tables that a rewind makes, when it makes them: no other is dropped. */
export const REWOUND_LABELS = { [LABEL]: 'rewind' } as const

/** The type whose table has this name, or which has it itself. @param since milliseconds since 1970 */
export async function typeOfTable(
  name: string,
  since: number,
  warehouse: Pick<LoadParts['warehouse'], 'name' | 'query'>,
): Promise<string> {
  const known = knownTypes().find(({ table }) => table === name)?.type
  if (known !== undefined || destination(name).table === name) return known ?? name
  const keys = keysOf(warehouse.name(PUBLISHED), 'publish_time >= TIMESTAMP(@since)')
  const types = await warehouse.query<{ readonly type: string }>(
    `SELECT DISTINCT event_type AS type FROM (${keys}) WHERE event_type != ''`,
    { since: new Date(since).toISOString() },
  )
  return types.find(({ type }) => destination(type).table === name)?.type ?? name
}

/**
 * Builds `<table>_rewound` of what was published in a span of time, by the judge, the plan and the tables of now, and of the rows that are
 * not of it. Changes nothing else: dead letters are kept, and not published.
 *
 * @throws LoadError
 */
export async function rewind(
  { eventType, since, until, hasNewColumns, rewoundTable, keepLetters }: RewindOptions,
  parts: LoadParts,
): Promise<Rewound> {
  const { table } = destination(eventType)
  const { warehouse, policies } = parts
  const known = await warehouse.table(table)
  if (!known) {
    // a name that is the table of no known type was taken for a type
    const other =
      table === eventType
        ? ''
        : `; and ${eventType} is the table of no event type that was published since then`
    const message = `there is no table ${table}, of events of type ${eventType}${other}`
    throw new LoadError('nothing_to_rewind', message)
  }
  if (policies.of(eventType).duplicates === 'upsert')
    throw new LoadError(
      'table_upserts',
      `rows of ${table} take each other's place (policy: duplicates: upsert): a rewind would bring back older ones`,
    )
  const rewound = rewoundTableOf(table)
  const end = until ?? (await newestOf(warehouse, table))
  const [from, to] = [new Date(since).toISOString(), new Date(end).toISOString()]
  if (since >= end) {
    const why = until === undefined ? `the newest row of ${table} was made at ${to}` : `it ends at ${to}`
    throw new LoadError('nothing_to_rewind', `nothing of it is from ${from} on: ${why}`)
  }
  const all = { query: { query: `SELECT COUNT(*) AS n FROM ${warehouse.name(table)} WHERE ${ALL_DAYS}` } }
  refuseHidden(table, await warehouse.runOnce(jobName(), all))
  const there = await warehouse.table(rewound)
  if (there && there.labels[LABEL] !== REWOUND_LABELS[LABEL])
    throw new LoadError(
      'not_ours',
      `there is a table ${rewound} that no rewind made: drop it, or give it another name`,
    )
  await warehouse.dropTable(rewound)
  const made = rewoundTable(rewound)
  if (!hasNewColumns) await made.make(known.columns)
  const { accounts, carried, rowsAhead } = await loadSpan()
  await inheritTraits(warehouse, table, rewound)
  const notGranted = await inheritGrants(warehouse, table, rewound)
  const differences = await differencesOf(warehouse, table, rewound)
  const sumOf = (count: (account: Account) => number) =>
    accounts.reduce((sum, account) => sum + count(account), 0)
  const problems = await problemsOf(warehouse, {
    table,
    rewound,
    published: PUBLISHED,
    eventType,
    since: from,
    until: to,
    rowsAhead,
    carried,
    landed: sumOf(({ landed }) => landed),
    deadLetters: sumOf(({ deadLetters }) => deadLetters),
    rows: differences.rows,
  })
  const oldest = await oldestOf(warehouse, from, to)
  return {
    table,
    rewound,
    since: from,
    until: to,
    oldest,
    carried,
    accounts,
    differences,
    notGranted,
    problems,
  }

  async function loadSpan(): Promise<CarriedOver & Pick<Rewound, 'accounts'>> {
    let over: CarriedOver | undefined
    const span = { kind: 'published' as const, since, until: end }
    const object = await recordedObject(span, { eventType, warehouse })
    parts.progress.begin(object.uri, undefined)
    const report = await loadObject(object, {
      ...parts,
      eventType,
      tableOf: () => rewound,
      // BigQuery renames no table into which rows were streamed
      streamBytes: 0,
      // another one each time: nothing of an earlier one is taken up
      name: `rewind ${randomUUID()}`,
      tables: {
        async ensure(_, shapes, planning) {
          const columns = await takesAll(shapes, planning)
          // before the rows of the span: whose id another event has is known by them
          over = await carryOver()
          return columns
        },
      },
      publishLetters: keepLetters,
      ledger: { ...parts.ledger, find: () => Promise.resolve(new Map()), done: () => Promise.resolve() },
    })
    if (!over) {
      over = await carryOver()
      // what came into the record meanwhile is neither carried over nor made
      await object.check()
    }
    return { ...over, accounts: 'accounts' in report ? report.accounts : [] }
  }

  async function carryOver(): Promise<CarriedOver> {
    return { rowsAhead: await countRows(warehouse, table), carried: await carry() }
  }

  /** One event asks for all that the messages need, and then each shape for what that did not tell. */
  async function takesAll(
    shapes: readonly JsonObject[],
    planning: PlanOptions,
  ): Promise<readonly Column[] | undefined> {
    const before = (await warehouse.table(rewound))?.columns
    if (before && planAll(before, shapes, planning).outcome === 'fits') return before
    for (const shape of [...wantedOf(before, shapes, planning), ...shapes]) await made.fit(shape)
    return (await warehouse.table(rewound))?.columns
  }

  async function carry(): Promise<number> {
    const columns = (await warehouse.table(rewound))?.columns
    if (!columns)
      throw new LoadError(
        'nothing_to_rewind',
        `no event of type ${eventType} was published from ${from} until ${to}`,
      )
    const before = new Map(known!.columns.map((column) => [column.name.toLowerCase(), column]))
    const after = new Set(columns.map(({ name }) => name.toLowerCase()))
    const carrying: CarryParts = {
      table: warehouse.name(table),
      rewound: warehouse.name(rewound),
      published: warehouse.name(PUBLISHED),
      columns: columns.flatMap((column) => {
        const old = before.get(column.name.toLowerCase())
        return old ? [[column, old] as const] : []
      }),
      dropped: known!.columns.filter(({ name }) => !after.has(name.toLowerCase())),
      eventType,
      since: from,
      until: to,
    }
    const doNotFit = (words: string, cause?: unknown) => {
      const why = `rows of ${table} that are not of this time do not fit the columns that were planned anew`
      const message = `${why}: ${words}. Begin earlier, or leave out --new-columns`
      return new LoadError('carried_do_not_fit', message, { cause })
    }
    const insert = async () => {
      const query = carryStatement(carrying)
      const job = await warehouse.runOnce(jobName(), { query: { query } })
      refuseHidden(table, job)
      return Number(job.statistics?.query?.numDmlAffectedRows ?? 0)
    }
    // they have the columns that they had
    if (!hasNewColumns) return insert()
    const fitting = <T>(asked: Promise<T>) =>
      asked.catch((error: unknown) => {
        throw doNotFit((error as Error).message, error)
      })
    const [count] = await fitting(
      warehouse.query<{ readonly n: number; readonly unfit: string }>(carriedCount(carrying)),
    )
    const { n, unfit } = count!
    if (n === 0) return 0
    if (unfit !== '') throw doNotFit(`they would lose or change values of ${unfit}`)
    return fitting(insert())
  }
}

/**
 * Puts the rewound table in the place of the one that it was made of, which is kept.
 *
 * @returns the name that that has now
 * @throws LoadError where the sums do not come out, or BigQuery refuses it
 */
export async function applyRewind(
  rewound: Rewound,
  { warehouse }: Pick<LoadParts, 'warehouse'>,
  notes: SwapNotes,
): Promise<string> {
  const { table, problems, differences } = rewound
  if (problems.length > 0) {
    const why = `${table} was not swapped, and is what it was: ${problems.join('; ')}`
    throw new LoadError('sums_do_not_come_out', `${why}. Let nobody write to it, and start it again`)
  }
  const kept = keptTableOf(table, new Date().toISOString().slice(0, 19).replaceAll(/[-:]/g, ''))
  await swap(warehouse, notes, { table, rewound: rewound.rewound, kept, rows: differences.rows.before })
  return kept
}

async function oldestOf(
  warehouse: LoadParts['warehouse'],
  since: string,
  until: string,
): Promise<string | undefined> {
  const [row] = await warehouse.query<{ readonly oldest: number | null }>(
    `SELECT UNIX_MILLIS(MIN(publish_time)) AS oldest FROM ${warehouse.name(PUBLISHED)}
      WHERE publish_time >= TIMESTAMP(@since) AND publish_time < TIMESTAMP(@until)`,
    { since, until },
  )
  const oldest = row?.oldest ?? null
  return oldest === null ? undefined : new Date(oldest).toISOString()
}

async function newestOf(warehouse: LoadParts['warehouse'], table: string): Promise<number> {
  const [row] = await warehouse.query<{ readonly newest: number | null }>(
    `SELECT UNIX_MILLIS(MAX(processed_timestamp)) AS newest FROM ${warehouse.name(table)} WHERE ${ALL_DAYS}`,
  )
  return row?.newest ?? Date.now()
}
