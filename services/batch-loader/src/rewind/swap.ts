import { codeOf } from '@tablestream/service-kit'
import type { Warehouse } from '../google/bigquery.ts'
import type { Workshop } from '../google/storage.ts'
import { LoadError } from '../load-error.ts'
import { countRows } from './all-rows.ts'

/** The tables of a swap, by their names before it. */
export interface SwapNames {
  readonly table: string
  readonly rewound: string
  /** The name that the table has from then on. */
  readonly kept: string
}

export interface Swap extends SwapNames {
  /** Rows that the table had when it was compared. */
  readonly rows: number
}

type SwapWarehouse = Pick<Warehouse, 'name' | 'query' | 'table'>
/** Where it is noted that a swap is under way. */
export type SwapNotes = Pick<Workshop, 'read' | 'put' | 'remove'>

const NOTE = 'swap.json'
/** BigQuery's words where rows were streamed into a table lately (docs: managing tables, "Rename a table"). */
const IS_STREAMED = /stream/i
const MOST_LOOKS = 3

/**
 * Gives a table another name, and its own to the rewound one. Between the two statements there is no table of this name: nobody may write
 * meanwhile. What goes wrong is taken back; what is killed stands in a note, by which `settleSwap` takes it back.
 *
 * @throws LoadError that says what is where
 */
export async function swap(
  warehouse: SwapWarehouse,
  notes: SwapNotes,
  { rows, ...names }: Swap,
): Promise<void> {
  const { table, rewound, kept } = names
  const refuseOthers = async (name: string) => {
    const rowsNow = await countRows(warehouse, name)
    if (rowsNow !== rows)
      throw new Error(`${table} had ${rows} rows when it was compared, and has ${rowsNow}`)
  }
  // one that stays is told from what is there, and removed, by the next rewind
  const unnote = () => notes.remove([NOTE]).catch(() => {})
  try {
    await refuseOthers(table)
  } catch (error) {
    throw notSwapped(table, error)
  }
  await notes.put(NOTE, Buffer.from(JSON.stringify(names)))
  let isKept = false
  try {
    await rename(warehouse, table, kept)
    isKept = true
    await refuseOthers(kept)
    await rename(warehouse, rewound, table)
  } catch (error) {
    const state = await settle(warehouse, names, error)
    // a statement that nobody heard the end of may still run: the next rewind looks once more
    if (state === 'swapped' || isAnswer(error)) await unnote()
    if (state === 'swapped') return
    if (isKept) throw notSwapped(table, error)
    throw new LoadError('swap_refused', refusal(table, rewound, (error as Error).message), { cause: error })
  }
  await unnote()
}

/** Whether BigQuery has said no. */
function isAnswer(error: unknown): boolean {
  const code = codeOf(error)
  return typeof code === 'number' && code >= 400 && code < 500
}

/**
 * Takes back a swap that was killed between its two statements.
 *
 * @returns what became of it, in words; undefined where none was under way
 * @throws LoadError that says what is where, and what to do
 */
export async function settleSwap(warehouse: SwapWarehouse, notes: SwapNotes): Promise<string | undefined> {
  const names = await notes.read<SwapNames>(NOTE)
  if (!names) return undefined
  const state = await settle(warehouse, names, undefined)
  await notes.remove([NOTE])
  const { table, kept } = names
  return state === 'swapped'
    ? `a rewind was ended behind its swap: ${table} is the rewound table, and what it was is ${kept}`
    : `a rewind was ended before ${table} was swapped: it is what it was`
}

/** Looks which of the tables there are, and gives the table its name back where nothing has it. */
async function settle(
  warehouse: SwapWarehouse,
  { table, rewound, kept }: SwapNames,
  cause: unknown,
): Promise<'swapped' | 'as it was'> {
  for (let looks = 1; ; looks++) {
    const [isThere, isRewoundThere, isKeptThere] = await Promise.all(
      [table, rewound, kept].map(async (name) => (await warehouse.table(name)) !== undefined),
    )
    if (!isKeptThere) return 'as it was'
    if (isThere && !isRewoundThere) return 'swapped'
    if (isThere)
      throw halfSwapped(`${table} was made anew while it had no name`, { table, rewound, kept }, cause)
    try {
      await rename(warehouse, kept, table)
    } catch (error) {
      if (looks < MOST_LOOKS) continue
      const what = `there is no table ${table} (${(error as Error).message})`
      throw halfSwapped(what, { table, rewound, kept }, error)
    }
  }
}

async function rename(warehouse: SwapWarehouse, from: string, to: string): Promise<void> {
  await warehouse.query(`ALTER TABLE ${warehouse.name(from)} RENAME TO \`${to}\``)
}

function notSwapped(table: string, error: unknown): LoadError {
  const why = (error as Error).message
  const message = `${table} was not swapped, and is what it was: ${why}. Let nobody write to it, and start it again`
  return new LoadError('swap_refused', message, { cause: error })
}

function halfSwapped(what: string, { table, rewound, kept }: SwapNames, cause: unknown): LoadError {
  const message = `${what}. Its rows are in ${kept}, and the rewound ones in ${rewound}. Let nobody write to ${table}; if there is one, give it
another name (ALTER TABLE … RENAME TO …), load its rows later, and start the rewind again: it gives ${kept} its name back`
  return new LoadError('swap_unfinished', message, { cause })
}

function refusal(table: string, rewound: string, words: string): string {
  const stays = `${table} is what it was, and ${rewound} is there to look at`
  if (!IS_STREAMED.test(words)) return `${table} could not be renamed: ${words}. ${stays}`
  return `BigQuery renames no table into which rows were streamed in the last hours, usually five: ${words}
Let no stream-writer run for so long (its worker pool with 0 instances; the topic keeps what is published meanwhile), and start it again.
${stays}`
}
