import { StorageError } from './errors.ts'

/** google.iam.v1.Policy in JSON, without its etag: that of a bucket's policy is the bucket's. */
export interface BucketPolicy {
  /** 1, or 3 where a binding has a condition. */
  readonly version: number
  readonly bindings: readonly Binding[]
}

interface Binding {
  readonly role: string
  readonly members: readonly string[]
  readonly condition?: object
}

/** The version that knows conditions. */
const CONDITIONS = 3
const VERSIONS = [0, 1, 2, CONDITIONS]

const ROLE = /^(roles|projects\/[^/]+\/roles|organizations\/[^/]+\/roles)\/[\w.]+$/
const MEMBER =
  /^(allUsers|allAuthenticatedUsers|(deleted:)?(user|serviceAccount|group|domain|principal|principalSet|projectOwner|projectEditor|projectViewer):.+)$/
const PERMISSION = /^storage\.\w+\.\w+$/

/** What a bucket with uniform access has where nobody said anything (docs.cloud.google.com/storage/docs/access-control/iam). */
export function firstPolicy(projectId: string): BucketPolicy {
  const owners = [`projectEditor:${projectId}`, `projectOwner:${projectId}`]
  const readers = [`projectViewer:${projectId}`]
  const bindings = [
    { role: 'roles/storage.legacyBucketOwner', members: owners },
    { role: 'roles/storage.legacyBucketReader', members: readers },
    { role: 'roles/storage.legacyObjectOwner', members: owners },
    { role: 'roles/storage.legacyObjectReader', members: readers },
  ]
  return { version: 1, bindings }
}

/** @throws StorageError invalid that names the role, the member or the version */
export function readPolicy(body: Readonly<Record<string, unknown>>): BucketPolicy {
  const { version = 1, bindings = [] } = body
  if (!Array.isArray(bindings)) throw new StorageError('invalid', 'The bindings of a policy are a list.')
  const read = bindings.map(readBinding)
  checkVersion(version)
  const isConditional = read.some(({ condition }) => condition !== undefined)
  if (isConditional && version !== CONDITIONS) {
    const message = `A policy with conditions has version ${CONDITIONS}, and not ${version}.`
    throw new StorageError('invalid', message)
  }
  return { version: isConditional ? CONDITIONS : 1, bindings: read.filter((each) => each.members.length > 0) }
}

/** Who knows no conditions may not read, and so not change, a policy that has some. @param asked optionsRequestedPolicyVersion */
export function checkRequestedVersion({ version }: BucketPolicy, asked = '1'): void {
  checkVersion(Number(asked))
  if (Number(asked) >= version) return
  const message = `Requested policy version (${asked}) cannot be less than the existing policy version (${version}).`
  throw new StorageError('invalid', message)
}

/** Everybody may do everything here. @throws StorageError invalid for what is no permission of Cloud Storage */
export function checkPermissions(permissions: readonly string[]): readonly string[] {
  const unknown = permissions.find((permission) => !PERMISSION.test(permission))
  if (unknown === undefined) return permissions
  throw new StorageError('invalid', `Permission ${unknown} is not valid for this resource.`)
}

function checkVersion(version: unknown): asserts version is number {
  if (VERSIONS.includes(version as number)) return
  throw new StorageError('invalid', `A policy has version 1 or ${CONDITIONS}, and not ${String(version)}.`)
}

function readBinding(value: unknown): Binding {
  const { role, members = [], condition } = (value ?? {}) as Partial<Record<keyof Binding, unknown>>
  if (typeof role !== 'string' || !ROLE.test(role))
    throw new StorageError('invalid', `Role (${String(role)}) is not supported for this resource.`)
  if (!Array.isArray(members)) throw new StorageError('invalid', `The members of ${role} are a list.`)
  const bad: unknown = members.find((member) => typeof member !== 'string' || !MEMBER.test(member))
  if (bad !== undefined) {
    const message = `Invalid member ${JSON.stringify(bad)}: it has a type, as user:, serviceAccount:, group:, domain:.`
    throw new StorageError('invalid', message)
  }
  return { role, members: members as string[], ...(isObject(condition) && { condition }) }
}

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null
