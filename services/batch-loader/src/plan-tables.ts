import type { Column } from '@tablestream/table-schema'
import { LoadError } from './load-error.ts'
import type { LoadParts } from './load-parts.ts'
import { planningOf, shapesOf, type Survey } from './survey.ts'

/** The columns of each type's table, as they were when the first row was made. Plain JSON; null: no table, and none may be made. */
export type Columns = Readonly<Record<string, readonly Column[] | null>>

/** Asks for tables that take all that was found. @throws LoadError */
export async function tablesFor(parts: LoadParts, survey: Pick<Survey, 'types'>): Promise<Columns> {
  const replacing = Object.keys(survey.types).find((type) => parts.policies.of(type).duplicates === 'upsert')
  if (replacing !== undefined) throw upserts(replacing)
  const all = Object.entries(survey.types).map(async ([eventType, surveyed]) => {
    const policy = parts.policies.of(eventType)
    const isThere = (await parts.warehouse.table(parts.tableOf(eventType))) !== undefined
    if (!isThere && policy.tables === 'freeze') return [eventType, null] as const
    const planning = planningOf(eventType, parts.policies)
    return [eventType, await parts.tables.ensure(eventType, shapesOf(surveyed), planning)] as const
  })
  return Object.fromEntries(await Promise.all(all)) as Columns
}

function upserts(eventType: string): LoadError {
  const why = `BigQuery lets no statement change rows of a table into which upserts are streamed, and load jobs only add rows`
  const message =
    `events of type ${eventType} take each other's place in their table (policy: duplicates: upsert): ${why}. ` +
    `Publish them: event-gateway takes lines of JSON (POST /events/${eventType}). Nothing of the source has landed`
  return new LoadError('table_upserts', message)
}
