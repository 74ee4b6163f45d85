import { identityOf, parseJson, typeText, type Column, type JsonObject } from '@tablestream/table-schema'
import type { EmptyPlaces } from './empty-places.ts'
import { compileRowText } from './row-text.ts'
import { stagingNames } from './staging-names.ts'

/**
 * Whether rows that were made for columns are those that are made for other ones. New columns change no row that found a place for all
 * that its event holds, and nor does a column that may be empty now; a column of another type, name or key does, and one that must have
 * a value.
 *
 * @param isWhole whether the columns took all that the events of these rows hold. If not, they must be the same
 * @param empty of these events
 */
export function makesSameRows(
  before: readonly Column[],
  after: readonly Column[],
  { isWhole, empty }: { readonly isWhole: boolean; readonly empty: EmptyPlaces },
): boolean {
  if (before === after) return true
  // an object that is in a map column now may fit the RECORD beside it when that has grown
  const isSame = !isWhole || hasMaps(before)
  return (
    takesAll(before, after) &&
    (!isSame || takesAll(after, before)) &&
    empty.inside.every((key) => takesAll(withKey(after, key), withKey(before, key))) &&
    leavesEmpty(after, empty.members) &&
    stagingNames(before).place === stagingNames(after).place
  )
}

const withKey = (columns: readonly Column[], key: string) => columns.filter((column) => column.key === key)

function takesAll(before: readonly Column[], after: readonly Column[]): boolean {
  const left = new Map(after.map((column) => [column.name, column]))
  for (const column of before) {
    const now = left.get(column.name)
    if (!now || !takesSame(column, now)) return false
    left.delete(column.name)
  }
  return [...left.values()].every(({ mode }) => mode !== 'REQUIRED')
}

function takesSame(before: Column, after: Column): boolean {
  return (
    before.key === after.key &&
    before.map === after.map &&
    typeText(before.type, before.limit) === typeText(after.type, after.limit) &&
    (before.mode === after.mode || (before.mode === 'REQUIRED' && after.mode === 'NULLABLE')) &&
    takesAll(before.fields ?? [], after.fields ?? [])
  )
}

function hasMaps(columns: readonly Column[]): boolean {
  return columns.some(({ map, fields }) => map === true || (fields !== undefined && hasMaps(fields)))
}

/** Whether members of events for which there was no column leave no trace in rows of these columns. */
function leavesEmpty(columns: readonly Column[], members: readonly string[]): boolean {
  return members.every((text) => {
    const member = parseJson(text) as JsonObject
    const [key] = Object.keys(member)
    const own = columns.filter((column) => column.key === identityOf(key!))
    const row = compileRowText(own)(member)
    return row.members === '' && row.complete
  })
}
