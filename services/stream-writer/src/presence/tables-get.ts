import { codeOf, NOT_FOUND } from '@tablestream/service-kit'
import { Turns } from '../append/turns.ts'
import { lazyBigQuery } from '../bigquery-client.ts'

/** Who wants to know of a table. */
export interface Whose {
  /** Whose events wait for it. */
  readonly source: string
  /** Whether the write path has ever shown it: then nobody made its name up. */
  readonly wasThere: boolean
}

/** What BigQuery's REST API knows of tables. */
export interface TablesGet {
  /**
   * Whether there is such a table.
   *
   * @throws the client's own error where BigQuery does not tell
   */
  has(table: string, whose: Whose): Promise<boolean>
}

/** A user has 100 requests a second to tables.get (docs: quotas); one takes some 50 ms. */
const AT_ONCE = 4
/** Beside those, for tables that were there. */
const KNOWN_AT_ONCE = 2
const CALL_MS = 5000
/** Longer than a call takes: what hangs before there is a connection must end, too. */
const LONGEST_MS = 8000

export function createTablesGet(projectId: string, dataset: string): TablesGet {
  const open = lazyBigQuery({ projectId, callMs: CALL_MS, tries: false })
  return inTurns(async (table) => {
    const bigquery = await open()
    try {
      await bigquery.dataset(dataset).table(table).getMetadata()
      return true
    } catch (error) {
      if (codeOf(error) === NOT_FOUND) return false
      throw error
    }
  })
}

/**
 * Few calls at once. Anybody may make up names of tables: so sources take turns, and tables that were there have turns of their own. Who
 * waits for a turn waits until it comes.
 */
export function inTurns(has: (table: string) => Promise<boolean>, longestMs = LONGEST_MS): TablesGet {
  const turns = new Turns(AT_ONCE)
  const knownTurns = new Turns(KNOWN_AT_ONCE)
  return {
    has: (table, { source, wasThere }) =>
      (wasThere ? knownTurns : turns).take(() => withinMs(has(table), longestMs), source),
  }
}

async function withinMs<T>(answer: Promise<T>, ms: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${ms} ms`)), ms)
  })
  try {
    return await Promise.race([answer, late])
  } finally {
    clearTimeout(timer)
  }
}
