import type { ProcedureArgument } from '../../sql/tree/procedure.ts'

/** A procedure that a script calls. */
export interface Procedure {
  /** `project.dataset.name` */
  readonly id: string
  readonly arguments: readonly ProcedureArgument[]
  readonly body: string
}
