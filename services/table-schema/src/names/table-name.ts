import { hash } from 'node:crypto'

/** So many that nobody finds two types with the same, as of long keys: 16 are found in seconds, and 8 by chance. */
const DIGITS = 32
/** So many had names before (decision 0047). */
const FORMER_DIGITS = 8
const PLAIN = /^[a-z][a-z0-9]*(?:[_.][a-z0-9]+)*$/
/** What a hashed name ends in, or ended in: a type of this look could be the name of another. */
const HASH = /[_.](?:[0-9a-f]{8}|[0-9a-f]{32})$/
const HASHED = new RegExp(`_[0-9a-f]{${DIGITS}}$`)
const LONGEST = 200

/**
 * The table name of an event type: no two types share one. A plain type keeps its name, its dots as two underscores, which no
 * plain type has; every other one is cleaned to snake_case and ends in 32 hex digits of its SHA-256.
 *
 * @param isTaken whether something else has the name
 */
export function tableName(eventType: string, isTaken: (name: string) => boolean): string {
  if (eventType.length <= LONGEST && PLAIN.test(eventType) && !HASH.test(eventType)) {
    const own = eventType.replaceAll('.', '__')
    if (own.length <= LONGEST && !isTaken(own)) return own
  }
  return `${snakeCase(eventType)}_${hash('sha256', eventType, 'hex').slice(0, DIGITS)}`
}

/** Whether a name may be that of a type by its hash: whoever chooses names of tables keeps away from these. */
export function isHashedTableName(name: string): boolean {
  return HASHED.test(name)
}

/** The name that the table had when hashes had eight digits; undefined for a name without a hash. */
export function formerTableName(table: string): string | undefined {
  return isHashedTableName(table) ? table.slice(0, FORMER_DIGITS - DIGITS) : undefined
}

/** Begins with a letter, and neither begins nor ends with an underscore: what stands before a hash. */
function snakeCase(text: string): string {
  const clean = text
    .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
    // one capital and not a run of them: a run would be looked at again from each of its letters
    .replace(/([A-Z])([A-Z][a-z])/g, '$1_$2')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '_')
    .slice(0, LONGEST)
    .replace(/^_/, '')
    .replace(/_$/, '')
  return /^[a-z]/.test(clean) ? clean : clean === '' ? 't' : `t_${clean}`
}
