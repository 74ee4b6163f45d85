import type { Logger } from '@tablestream/service-kit'
import { divide } from '../divide.ts'
import type { RowKey, RowLookup } from './row-lookup.ts'

export interface ByDaysOptions {
  /** Whether a query was refused because it would have read too much. */
  readonly isTooMuch: (error: unknown) => boolean
  readonly logger: Logger
}

/**
 * Asks for fewer days at a time where a query for all of them would read more than it may. Events of a thousand days, which anybody may
 * publish, would else have all that are asked after beside them written unasked. A refused query costs nothing, and each day is read once.
 * A day that is too large by itself is not asked for, as long as others are.
 */
export function byDays(lookup: RowLookup, { isTooMuch, logger }: ByDaysOptions): RowLookup {
  return {
    async find(table, keys) {
      const { found, unasked } = await ask(table, keys)
      const [day] = unasked
      if (!day) return found
      if (unasked.length === daysOf(keys).length) throw day.error
      const about = { err: day.error, table, days: unasked.map((each) => each.day) }
      logger.warn(about, 'some days of a table could not be asked; rows may come twice')
      return found
    },
    mayPass: (error) => lookup.mayPass(error),
  }

  /** @throws the client's own error where that is another one */
  async function ask(table: string, keys: readonly RowKey[]): Promise<Asked> {
    try {
      return { found: await lookup.find(table, keys), unasked: [] }
    } catch (error) {
      if (!isTooMuch(error)) throw error
      const days = daysOf(keys)
      const [day = '', ...others] = days
      if (others.length === 0) return { found: new Set(), unasked: [{ day, error }] }
      const newer = new Set(days.slice(days.length >> 1))
      const [late, early] = divide(keys, ({ eventDate }) => newer.has(eventDate))
      return both(await ask(table, late), await ask(table, early))
    }
  }
}

interface Asked {
  /** undefined where queries see no such table. */
  readonly found: ReadonlySet<string> | undefined
  readonly unasked: readonly { readonly day: string; readonly error: unknown }[]
}

function both(one: Asked, other: Asked): Asked {
  const isThere = one.found !== undefined && other.found !== undefined
  const found = isThere ? new Set([...one.found, ...other.found]) : undefined
  return { found, unasked: [...one.unasked, ...other.unasked] }
}

/** In their order. */
function daysOf(keys: readonly RowKey[]): readonly string[] {
  return [...new Set(keys.map(({ eventDate }) => eventDate))].toSorted()
}
