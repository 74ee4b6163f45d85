import { createHash } from 'node:crypto'
import { BigQueryError } from '../errors.ts'
import { forget, save } from '../store/resource-rows.ts'
import type { Store } from '../store/store.ts'
import { tableId, type TableReference } from '../table/table.ts'

/** google.iam.v1.Policy. */
export interface Policy {
  readonly version: number
  readonly bindings: readonly Binding[]
  /** Base64. */
  readonly etag: string
}

interface Binding {
  readonly role: string
  readonly members: readonly string[]
  readonly condition?: object
}

export interface PolicyChange {
  readonly version?: number
  readonly etag?: string
  readonly bindings?: readonly Partial<Binding>[]
}

const ROLE = /^(roles|projects\/[^/]+\/roles|organizations\/[^/]+\/roles)\/[\w.]+$/
const PERMISSION = /^bigquery\.\w+\.\w+$/

/** IAM policies of tables and views: kept and answered. Nobody is refused by one. */
export class TablePolicies {
  readonly #store: Store
  readonly #check: (reference: TableReference) => void
  readonly #policies = new Map<string, Policy>()

  /** @param check throws BigQueryError notFound where there is no such table */
  constructor(store: Store, check: (reference: TableReference) => void) {
    this.#store = store
    this.#check = check
  }

  /** What an earlier process left. */
  restore(id: string, policy: Policy): void {
    this.#policies.set(id, policy)
  }

  get(reference: TableReference): Policy {
    this.#check(reference)
    return this.#policies.get(tableId(reference)) ?? { version: 1, bindings: [], etag: etagOf([]) }
  }

  /** @throws BigQueryError conditionNotMet where the etag is that of another policy */
  async set(reference: TableReference, { version = 1, etag, bindings = [] }: PolicyChange): Promise<Policy> {
    if (etag && etag !== this.get(reference).etag)
      throw new BigQueryError('conditionNotMet', 'There were concurrent policy changes.')
    const kept = bindings.map(({ role = '', members = [], condition }) => {
      if (!ROLE.test(role)) throw new BigQueryError('invalid', `Role (${role}) is not supported.`)
      const bad = members.find((member) => !/^(all\w+|[\w:]+:.+)$/.test(member))
      if (bad !== undefined) throw new BigQueryError('invalid', `Invalid member "${bad}".`)
      return { role, members, ...(condition && { condition }) }
    })
    const policy = { version, bindings: kept, etag: etagOf(kept) }
    const id = tableId(reference)
    await this.#store.write((connection) => save(connection, 'policy', id, policy))
    this.#policies.set(id, policy)
    return policy
  }

  /** Everybody may do everything here. @throws BigQueryError invalid for what is no permission */
  test(reference: TableReference, permissions: readonly string[]): { permissions: readonly string[] } {
    this.#check(reference)
    const unknown = permissions.find((permission) => !PERMISSION.test(permission))
    if (unknown !== undefined)
      throw new BigQueryError('invalid', `Permission ${unknown} is not valid for this resource.`)
    return { permissions }
  }

  /** The policy goes with its table to another name. */
  async rename(id: string, newId: string): Promise<void> {
    const policy = this.#policies.get(id)
    if (!policy) return
    await this.#store.write(async (connection) => {
      await forget(connection, 'policy', id)
      await save(connection, 'policy', newId, policy)
    })
    this.#policies.delete(id)
    this.#policies.set(newId, policy)
  }

  /** The policy ends with its table. */
  async forget(id: string): Promise<void> {
    if (!this.#policies.delete(id)) return
    await this.#store.write((connection) => forget(connection, 'policy', id))
  }
}

function etagOf(bindings: readonly Binding[]): string {
  return createHash('sha256').update(JSON.stringify(bindings)).digest().subarray(0, 8).toString('base64')
}
