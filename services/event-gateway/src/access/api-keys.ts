import { hash } from 'node:crypto'
import Type from 'typebox'
import { Value } from 'typebox/value'

/** Who sends a request. */
export interface Caller {
  readonly name: string
  /** undefined: the service's own limits. */
  readonly requestsPerMinute?: number | undefined
  readonly bytesPerMinute?: number | undefined
}

const Hash = Type.String({ pattern: '^[0-9a-fA-F]{64}$' })

/** It may have more fields: an image that a release goes back to starts with keys that were written for a newer one. */
const Key = Type.Object({
  sha256: Hash,
  /** Of the key before, while it holds too: a caller that changes its key stays who it is, and so do its events. */
  old_sha256: Type.Optional(Hash),
  requests_per_minute: Type.Optional(Type.Integer({ minimum: 1 })),
  bytes_per_minute: Type.Optional(Type.Integer({ minimum: 1 })),
})

/** A name goes into an attribute of each event, and stands before a blank and the event's own source in its identity. */
const NAME = /^[\x21-\x7e]{1,200}$/

/** The keys of those who may publish. Only their hashes are known: a key is compared by its own. */
export class ApiKeys {
  readonly #byHash: ReadonlyMap<string, Caller>
  /** `shop/limit`: fields that mean nothing here, as they are misspelt or of a newer gateway. */
  readonly ignored: readonly string[]

  constructor(byHash: ReadonlyMap<string, Caller>, ignored: readonly string[] = []) {
    this.#byHash = byHash
    this.ignored = ignored
  }

  callerOf(key: string): Caller | undefined {
    return this.#byHash.get(hash('sha256', key, 'hex'))
  }
}

/**
 * @param text `{"shop": {"sha256": "…", "old_sha256": "…", "requests_per_minute": 600}}`; empty: no keys
 * @returns the keys, and which fields of them were ignored
 * @throws Error that lists every problem, with the name and the rule, and no hash
 */
export function parseApiKeys(text: string): ApiKeys {
  if (text.trim() === '') return new ApiKeys(new Map())
  let given: unknown
  try {
    given = JSON.parse(text)
  } catch {
    // the engine's own message would show a part of the text
    throw new Error('configuration: API_KEYS is no JSON')
  }
  if (typeof given !== 'object' || given === null || Array.isArray(given))
    throw new Error('configuration: API_KEYS is not an object from name to key')
  const problems: string[] = []
  const ignored: string[] = []
  const byHash = new Map<string, Caller>()
  for (const [name, key] of Object.entries(given)) {
    if (!Value.Check(Key, key)) {
      const found = Value.Errors(Key, key).map(
        ({ instancePath, message }) => `${name}${instancePath} ${message}`,
      )
      problems.push(...found)
      continue
    }
    if (!NAME.test(name)) {
      problems.push(`the name ${JSON.stringify(name)} must have 1 to 200 characters of ASCII and no blank`)
      continue
    }
    for (const field of Object.keys(key))
      if (!Object.hasOwn(Key.properties, field)) ignored.push(`${name}/${field}`)
    const caller: Caller = {
      name,
      requestsPerMinute: key.requests_per_minute,
      bytesPerMinute: key.bytes_per_minute,
    }
    for (const known of [key.sha256, key.old_sha256 ?? []].flat()) {
      const sha256 = known.toLowerCase()
      const other = byHash.get(sha256)
      if (other) problems.push(`${name} and ${other.name} have the same key`)
      byHash.set(sha256, caller)
    }
  }
  if (problems.length > 0) throw new Error(`configuration: API_KEYS: ${problems.join('; ')}`)
  return new ApiKeys(byHash, ignored)
}
