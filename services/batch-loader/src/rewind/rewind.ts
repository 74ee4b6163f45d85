import { randomUUID } from 'node:crypto'
import { CATALOGUE, destination } from '@tablestream/contract'
import { planAll, type Column, type JsonObject, type PlanOptions } from '@tablestream/table-schema'
import type { Account } from '../ledger.ts'
import { LoadError } from '../load-error.ts'
import { loadObject } from '../load-object.ts'
import type { LoadParts } from '../load-parts.ts'
import { recordedObject } from '../sources/recorded.ts'
import { wantedOf } from '../tables.ts'
import { carriedCount, carryStatement, type CarryParts } from './carry-statement.ts'
import { differencesOf, type Differences } from './differences.ts'
import { swap } from './swap.ts'

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
  /** Rows that are not of the span. */
  readonly carried: number
  /** What became of the messages of the span. */
  readonly accounts: readonly Account[]
  readonly differences: Differences
}

const PUBLISHED = 'published_messages'

/** The type whose table has this name, or which has it itself. */
export function typeOfTable(name: string): string {
  return CATALOGUE.find(({ table }) => table === name)?.type ?? name
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
  if (!known)
    throw new LoadError('nothing_to_rewind', `there is no table ${table}, of events of type ${eventType}`)
  if (policies.of(eventType).duplicates === 'upsert')
    throw new LoadError(
      'table_upserts',
      `rows of ${table} take each other's place (policy: duplicates: upsert): a rewind would bring back older ones`,
    )
  const rewound = `${table}_rewound`
  const [from, to] = [since, until ?? (await newestOf(warehouse, table))].map((time) =>
    new Date(time).toISOString(),
  )
  await warehouse.dropTable(rewound)
  const made = rewoundTable(rewound)
  if (!hasNewColumns) await made.make(known.columns)
  // before the rows of the span: whose id another event has is known by them
  let carried: number | undefined
  const accounts = await loadSpan()
  carried ??= await carry()
  return {
    table,
    rewound,
    since: from!,
    until: to!,
    carried,
    accounts,
    differences: await differencesOf(warehouse, table, rewound),
  }

  async function loadSpan(): Promise<readonly Account[]> {
    const span = { kind: 'published' as const, since, until: Date.parse(to!) }
    const object = await recordedObject(span, { eventType, warehouse })
    parts.progress.begin(object.uri, undefined)
    const report = await loadObject(object, {
      ...parts,
      eventType,
      tableOf: () => rewound,
      // another one each time: nothing of an earlier one is taken up
      name: `rewind ${randomUUID()}`,
      tables: {
        async ensure(_, shapes, planning) {
          const columns = await takesAll(shapes, planning)
          carried = await carry()
          return columns
        },
      },
      publishLetters: keepLetters,
      ledger: { ...parts.ledger, find: () => Promise.resolve(undefined), done: () => Promise.resolve() },
    })
    return 'accounts' in report ? report.accounts : []
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
    const carrying: CarryParts = {
      table: warehouse.name(table),
      rewound: warehouse.name(rewound),
      published: warehouse.name(PUBLISHED),
      columns: columns.flatMap((column) => {
        const old = before.get(column.name.toLowerCase())
        return old ? [[column, old] as const] : []
      }),
      eventType,
      since: from!,
      until: to!,
    }
    const [count] = hasNewColumns ? await warehouse.query<{ readonly n: number }>(carriedCount(carrying)) : []
    if (count?.n === 0) return 0
    const query = carryStatement(carrying)
    const { statistics } = await warehouse
      .runOnce(`rewind_${randomUUID().replaceAll('-', '')}`, { query: { query } })
      .catch((error: unknown) => {
        if (!hasNewColumns) throw error
        const why = `rows of ${table} that are not of this time do not fit the columns that were planned anew`
        throw new LoadError(
          'carried_do_not_fit',
          `${why}: ${(error as Error).message}. Begin earlier, or leave out --new-columns`,
          {
            cause: error,
          },
        )
      })
    return Number(statistics?.query?.numDmlAffectedRows ?? 0)
  }
}

/** Puts the rewound table in the place of the one that it was made of, which is kept. @returns the name that that has now */
export async function applyRewind(
  rewound: Rewound,
  parts: Pick<LoadParts, 'warehouse'>,
  now: Date,
): Promise<string> {
  const kept = `${rewound.table}_before_rewind_${now.toISOString().slice(0, 19).replaceAll(/[-:]/g, '')}`
  await swap(parts.warehouse, { ...rewound, kept, rows: rewound.differences.rows.before })
  return kept
}

async function newestOf(warehouse: LoadParts['warehouse'], table: string): Promise<number> {
  const [row] = await warehouse.query<{ readonly newest: number | null }>(
    `SELECT UNIX_MILLIS(MAX(processed_timestamp)) AS newest FROM ${warehouse.name(table)} WHERE event_date >= DATE '0001-01-01'`,
  )
  return row?.newest ?? Date.now()
}
