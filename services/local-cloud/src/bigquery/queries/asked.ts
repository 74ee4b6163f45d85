import type { Parameters } from '../../sql/parameters.ts'
import type { ScriptState } from '../scripts/script-state.ts'
import type { OwnJob } from '../scripts/system-variables.ts'
import type { QuerySpec } from './query-spec.ts'
import type { BeginChild } from './script-statements.ts'

/** A query, and how it is run. */
export type Running = QuerySpec & {
  /** Ends it. */
  readonly signal?: AbortSignal
  /** Is told of each statement of a script. */
  readonly child?: BeginChild
  readonly job?: OwnJob
  /** Only its columns are asked for: how much it reads takes seconds to find out, where a table has thousands of them. */
  readonly isDescribed?: boolean
}

/** One statement, and where it is run. */
export type Asked = [
  projectId: string,
  spec: Running & { readonly query: string },
  location: string | undefined,
  parameters: Parameters,
  state?: ScriptState,
]
