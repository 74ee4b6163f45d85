import type { Destination } from '@tablestream/contract'
import type { Tables } from '../tables.ts'

/**
 * The table of a type under the name that an older version gave it (decision 0047), which is looked for where there is none under its
 * name of now: one that is made beside it would split the rows.
 *
 * @returns its name; undefined where there is none
 */
export async function formerTableOf(
  { former }: Destination,
  tables: Pick<Tables, 'read'>,
  source: string,
): Promise<string | undefined> {
  return former !== undefined && (await tables.read(former, source)) ? former : undefined
}
