import { hash } from 'node:crypto'

interface Rule {
  /** Digits of a hash. */
  readonly digits: number
  /** What a hashed name ends in: a type of this look could be the name of another. */
  readonly looksHashed: RegExp
}

/**
 * So many digits that nobody finds two types with the same, as of long keys: 16 are found in seconds, and 8 by chance. Names that were
 * hashed before end in eight, and are no type's own either.
 */
const NOW: Rule = { digits: 32, looksHashed: /[_.](?:[0-9a-f]{8}|[0-9a-f]{32})$/ }
/** What names were before (decision 0047). */
const FORMER: Rule = { digits: 8, looksHashed: /[_.][0-9a-f]{8}$/ }
const PLAIN = /^[a-z][a-z0-9]*(?:[_.][a-z0-9]+)*$/
const HASHED = new RegExp(`_[0-9a-f]{${NOW.digits}}$`)
const LONGEST = 200

/**
 * The table name of an event type: no two types share one. A plain type keeps its name, its dots as two underscores, which no
 * plain type has; every other one is cleaned to snake_case and ends in 32 hex digits of its SHA-256.
 *
 * @param isTaken whether something else has the name
 */
export function tableName(eventType: string, isTaken: (name: string) => boolean): string {
  return nameBy(NOW, eventType, isTaken)
}

function nameBy(
  { digits, looksHashed }: Rule,
  eventType: string,
  isTaken: (name: string) => boolean,
): string {
  if (eventType.length <= LONGEST && PLAIN.test(eventType) && !looksHashed.test(eventType)) {
    const own = eventType.replaceAll('.', '__')
    if (own.length <= LONGEST && !isTaken(own)) return own
  }
  return `${snakeCase(eventType)}_${hash('sha256', eventType, 'hex').slice(0, digits)}`
}

/** Whether a name may be that of a type by its hash: whoever chooses names of tables keeps away from these. */
export function isHashedTableName(name: string): boolean {
  return HASHED.test(name)
}

/**
 * The name that the table of a type had when hashes had eight digits; undefined where it is the same, or something else has it.
 *
 * @param isTaken whether something else has the name
 */
export function formerTableName(eventType: string, isTaken: (name: string) => boolean): string | undefined {
  const former = nameBy(FORMER, eventType, isTaken)
  return former === tableName(eventType, isTaken) || isTaken(former) ? undefined : former
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
