import { hashedName } from './legal-name.ts'

// A key stands in its column's description, which BigQuery allows 1,024 characters. Identities that are no keys begin with
// NUL, as do the keys of the system columns; a key of an event that begins so is escaped.
const LONGEST = 150
const NUL = '\0'
const LONG = `${NUL}long:`
const ESCAPED = `${NUL}key:`
/** So many digits that nobody finds two keys with the same: what such keys have in common with their columns is the hash alone. */
const DIGITS = 32

/**
 * What a column is found by: its JSON key, but for keys that are too long for a description, which are told apart by a name
 * with a long hash.
 */
export function identityOf(key: string): string {
  if (key.length <= LONGEST && key.charCodeAt(0) !== 0) return key
  if (key.length > LONGEST) return LONG + hashedName(key, key, DIGITS)
  return ESCAPED + key
}

/** The key of an identity; undefined for a long one, which does not hold it. */
export function keyOfIdentity(identity: string): string | undefined {
  if (identity.startsWith(LONG)) return undefined
  return identity.startsWith(ESCAPED) ? identity.slice(ESCAPED.length) : identity
}

/** The name that a long key's identity holds. */
export function nameOfLong(identity: string): string {
  return identity.slice(LONG.length)
}

export function identityOfLong(name: string): string {
  return LONG + name
}
