import type { Column } from './column.ts'
import { identityOf, identityOfLong, keyOfIdentity, nameOfLong } from '../names/key-identity.ts'
import { isSystemKey } from './system-columns.ts'

const DESCRIBED = /^JSON key ("(?:[^"\\]|\\.)*")/
const LONG = 'JSON key of more than 150 characters: '
const DESCRIBED_LONG = /^JSON key of more than 150 characters: (\w+)/
const MAP = ' as a map'

/** The description that tells a column's JSON key, where its name does not. */
export function describeColumn({ name, key, map }: Pick<Column, 'name' | 'key' | 'map'>): string | undefined {
  if (isSystemKey(key) || (key === name && !map)) return undefined
  const own = keyOfIdentity(key)
  const described = own === undefined ? LONG + nameOfLong(key) : `JSON key ${JSON.stringify(own)}`
  return map ? `${described}${MAP}` : described
}

/** What the name and the description of a column tell: the inverse of `describeColumn`. */
export function readDescription(
  name: string,
  description: string | null | undefined,
): Pick<Column, 'key' | 'map'> {
  const text = description ?? ''
  const quoted = DESCRIBED.exec(text)?.[1]
  const long = DESCRIBED_LONG.exec(text)?.[1]
  const map = text.endsWith(MAP) && (quoted ?? long) !== undefined
  if (quoted === undefined) {
    if (long === undefined) return { key: name }
    return map ? { key: identityOfLong(long), map } : { key: identityOfLong(long) }
  }
  try {
    const key = identityOf(JSON.parse(quoted) as string)
    return map ? { key, map } : { key }
  } catch {
    // somebody edited the description into something that is no JSON text: the name is all that is left
    return { key: name }
  }
}
