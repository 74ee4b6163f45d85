import { hash } from 'node:crypto'

// BigQuery refuses columns that start so, whatever the case (docs: "Column names")
const RESERVED_PREFIX =
  /^(_TABLE_|_FILE_|_PARTITION|_ROW_TIMESTAMP|__ROOT__|_COLIDENTIFIER|_CHANGE_SEQUENCE_NUMBER|_CHANGE_TYPE|_CHANGE_TIMESTAMP)/i
// legal for BigQuery, but JavaScript's protobuf libraries cannot carry a field of this name
const NOT_CARRIED = '__proto__'
const LEGAL = /^[A-Za-z_][A-Za-z0-9_]{0,299}$/
const KEPT = 200

/**
 * The column name of a JSON key. A legal key keeps its spelling; every other is cleaned and ends in eight hex digits of
 * its SHA-256, so that `a.b`, `a-b` and `a_b` never meet. The name depends on the key alone, but for a key that differs
 * from a sibling only in case (BigQuery allows one of them): it takes the hashed name too.
 *
 * @param taken the siblings' names, in lower case
 */
export function columnName(key: string, taken: ReadonlySet<string>): string {
  if (isLegalColumnName(key) && !taken.has(key.toLowerCase())) return key
  let name = hashedName(key)
  for (let again = 1; taken.has(name.toLowerCase()); again++) name = hashedName(key, `${key}\0${again}`)
  return name
}

export function isLegalColumnName(name: string): boolean {
  return lowerCaseOfLegal(name) !== ''
}

// the same few keys come again and again, and the look at one costs more than all else that naming does
const MOST_REMEMBERED = 20_000
const remembered = new Map<string, string>()

/** A legal column name in lower case, by which names are told apart; empty for a key that is no legal name. */
export function lowerCaseOfLegal(key: string): string {
  let lower = remembered.get(key)
  if (lower === undefined) {
    const legal = LEGAL.test(key) && !RESERVED_PREFIX.test(key) && key !== NOT_CARRIED
    lower = legal ? key.toLowerCase() : ''
    if (remembered.size >= MOST_REMEMBERED) remembered.clear()
    remembered.set(key, lower)
  }
  return lower
}

export function hashedName(key: string, salted = key, digits = 8): string {
  let clean = key.slice(0, KEPT).replace(/[^A-Za-z0-9_]+/g, '_')
  if (!/^[A-Za-z_]/.test(clean)) clean = `_${clean}`
  if (RESERVED_PREFIX.test(clean)) clean = `x${clean}`
  return `${clean}_${hash('sha256', salted, 'hex').slice(0, digits)}`
}
