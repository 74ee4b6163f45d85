import { SESSION_USER } from '../session-user.ts'

/** Who may use a dataset of which nobody said anything (docs: Dataset, "access"). Nobody is refused by it. */
export const FIRST_ACCESS: readonly object[] = [
  { role: 'WRITER', specialGroup: 'projectWriters' },
  { role: 'OWNER', specialGroup: 'projectOwners' },
  { role: 'OWNER', userByEmail: SESSION_USER },
  { role: 'READER', specialGroup: 'projectReaders' },
]

const LEGACY_ROLES: Readonly<Record<string, string>> = {
  'roles/bigquery.dataOwner': 'OWNER',
  'roles/bigquery.dataEditor': 'WRITER',
  'roles/bigquery.dataViewer': 'READER',
}

/** The three roles are taken under both names, and shown under the old ones (docs: Dataset, "access[].role"). */
export function withLegacyRoles(access: readonly object[]): readonly object[] {
  return access.map((entry) => {
    const { role } = entry as { readonly role?: string }
    return { ...entry, ...(role !== undefined && { role: LEGACY_ROLES[role] ?? role }) }
  })
}
