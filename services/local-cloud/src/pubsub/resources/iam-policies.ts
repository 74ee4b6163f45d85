import { createHash } from 'node:crypto'
import { GoogleError } from '../../google-error.ts'
import type { Binding, Policy, PolicyChange } from './iam-policy.ts'
import type { Saver } from './saver.ts'

const NOTHING: Policy = { version: 0, bindings: [], etag: etagOf([]) }
const ROLE = /^(roles|projects\/[^/]+\/roles|organizations\/[^/]+\/roles)\/[\w.]+$/
const MEMBER =
  /^(allUsers|allAuthenticatedUsers|(deleted:)?(user|serviceAccount|group|domain|principal|principalSet|projectOwner|projectEditor|projectViewer):.+)$/
const PERMISSION = /^pubsub\.(topics|subscriptions|snapshots|schemas)\.\w+$/

/** IAM policies of topics, subscriptions, snapshots and schemas: kept and answered. Nobody is refused by one. */
export class IamPolicies {
  readonly #check: (resource: string) => void
  readonly #saver: Saver
  readonly #policies = new Map<string, Policy>()

  /** @param check throws GoogleError NOT_FOUND where there is no such resource */
  constructor(check: (resource: string) => void, saver: Saver) {
    this.#check = check
    this.#saver = saver
    saver.add(() => ({ policies: Object.fromEntries(this.#policies) }))
  }

  get(resource: string): Policy {
    this.#check(resource)
    return this.#policies.get(resource) ?? NOTHING
  }

  /** @throws GoogleError ABORTED where the etag is that of another policy (policy.proto: "optimistic concurrency control") */
  set(resource: string, change: PolicyChange): Policy {
    const before = this.get(resource)
    const { version, etag, auditConfigs } = change
    if (auditConfigs?.length)
      throw new GoogleError('INVALID_ARGUMENT', 'Audit configs are those of a project, not of a resource.')
    if (etag && etag !== before.etag) {
      throw new GoogleError(
        'ABORTED',
        'There were concurrent policy changes. Please retry the whole read-modify-write with exponential backoff.',
      )
    }
    const bindings = (change.bindings ?? []).map(readBinding)
    const after = { version: version ?? 0, bindings, etag: etagOf(bindings) }
    this.#policies.set(resource, after)
    this.#saver.saveOr(() => this.#policies.set(resource, before))
    return after
  }

  /** Everybody may do everything here. */
  test(resource: string, permissions: readonly string[]): readonly string[] {
    this.#check(resource)
    const unknown = permissions.find((permission) => !PERMISSION.test(permission))
    if (unknown !== undefined)
      throw new GoogleError('INVALID_ARGUMENT', `Permission ${unknown} is not valid for this resource.`)
    return permissions
  }

  /** The policy ends with its resource. @returns what takes it back */
  forget(resource: string): () => void {
    const policy = this.#policies.get(resource)
    this.#policies.delete(resource)
    return () => {
      if (policy) this.#policies.set(resource, policy)
    }
  }

  restore(policies: Readonly<Record<string, Policy>>): void {
    for (const [resource, policy] of Object.entries(policies)) this.#policies.set(resource, policy)
  }
}

function readBinding({ role, members, condition }: NonNullable<PolicyChange['bindings']>[number]): Binding {
  if (!ROLE.test(role ?? '')) throw new GoogleError('INVALID_ARGUMENT', `Role (${role}) is not supported.`)
  const bad = members?.find((member) => !MEMBER.test(member))
  if (bad !== undefined) {
    const message = `Invalid member "${bad}": it has a type, as user:, serviceAccount:, group:, domain:.`
    throw new GoogleError('INVALID_ARGUMENT', message)
  }
  return { role: role!, members: members ?? [], ...(condition && { condition }) }
}

function etagOf(bindings: readonly Binding[]): string {
  return createHash('sha256').update(JSON.stringify(bindings)).digest().subarray(0, 8).toString('base64')
}
