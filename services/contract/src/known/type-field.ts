import { isLegalColumnName, SYSTEM_COLUMNS } from '@tablestream/table-schema'

/** The field of an event that names its type, where nobody says another one; a message's attribute with the type has this name always. */
export const TYPE_FIELD = 'event_type'
/** A longer key is told by its hash in the description of its column. */
const LONGEST = 150
const OWN_COLUMNS = new Set(SYSTEM_COLUMNS.map(({ name }) => name.toLowerCase()))

let field: string = TYPE_FIELD

/** The field of an event that names its type, as the process was told at its start (use-type-field.ts). */
export function typeField(): string {
  return field
}

/** @throws Error for a name that no such field can have */
export function tellTypeField(name: string): void {
  const problem = problemOf(name)
  if (problem !== undefined) throw new Error(problem)
  field = name
}

function problemOf(name: string): string | undefined {
  const told = JSON.stringify(name)
  if (name.trim() === '') return `${told} names no field: the default is ${TYPE_FIELD}`
  if (OWN_COLUMNS.has(name.toLowerCase()))
    return `${told} is a column that every table has with another meaning`
  // `/meta/kind` and `meta.kind`, too: the type stands in the event itself, under a key whose column has the same name in every table
  const isColumn = isLegalColumnName(name) && name.length <= LONGEST
  // every object has what `{}` has
  if (isColumn && !(name in Object.prototype)) return undefined
  const rule = `letters, digits and _, ${LONGEST} at most, no digit first`
  return `${told} can be no field at the top of an event and a column of the same name: ${rule}`
}
