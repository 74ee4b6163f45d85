import { codeOf } from '@tablestream/service-kit'

/** Who has a role on the table itself, and not by its dataset. */
export interface Grant {
  readonly role: string
  readonly members: readonly string[]
}

interface Policy {
  readonly bindings?: readonly Partial<Grant>[]
}

/** A table of BigQuery's client. */
interface TableWithPolicy {
  readonly getIamPolicy: () => Promise<unknown>
  readonly setIamPolicy: (policy: { bindings: { role: string; members: string[] }[] }) => Promise<unknown>
}

const FORBIDDEN = 403

/** undefined where this account may not look. */
export async function grantsOn(table: TableWithPolicy): Promise<readonly Grant[] | undefined> {
  return orForbidden(async () => {
    const [{ bindings }] = (await table.getIamPolicy()) as [Policy]
    return (bindings ?? []).map(({ role = '', members = [] }) => ({ role, members }))
  })
}

/** Gives a table these grants, and no others. @returns undefined where this account may not */
export async function setGrantsOn(
  table: TableWithPolicy,
  grants: readonly Grant[],
): Promise<true | undefined> {
  return orForbidden(async () => {
    await table.setIamPolicy({
      bindings: grants.map(({ role, members }) => ({ role, members: [...members] })),
    })
    return true as const
  })
}

async function orForbidden<T>(work: () => Promise<T>): Promise<T | undefined> {
  try {
    return await work()
  } catch (error) {
    if (codeOf(error) === FORBIDDEN) return undefined
    throw error
  }
}
