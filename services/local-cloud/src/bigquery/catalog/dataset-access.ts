import { SESSION_USER } from '../session-user.ts'

/** Who may use a dataset of which nobody said anything (docs: Dataset, "access"). Nobody is refused by it. */
export const FIRST_ACCESS: readonly object[] = [
  { role: 'WRITER', specialGroup: 'projectWriters' },
  { role: 'OWNER', specialGroup: 'projectOwners' },
  { role: 'OWNER', userByEmail: SESSION_USER },
  { role: 'READER', specialGroup: 'projectReaders' },
]
