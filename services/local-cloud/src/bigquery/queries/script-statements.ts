import type { Parameters } from '../../sql/parameters.ts'
import { affectedRows } from '../rows/dml-counts.ts'
import { toBigQueryError, type BigQueryError } from '../errors.ts'
import type { QueryResult } from './query-result.ts'
import type { QuerySpec } from './query-spec.ts'
import { noRows } from '../results/result-rows.ts'
import type { StackFrame } from '../scripts/script-stack.ts'
import type { SystemVariables } from '../scripts/system-variables.ts'

/** A statement of a script begins. @returns its job, and what is called when it has ended */
export type BeginChild = (
  query: QuerySpec,
  stack: readonly StackFrame[],
  labels: Readonly<Record<string, string>> | undefined,
) => { readonly jobId: string; readonly end: (outcome: QueryResult | BigQueryError) => void }

type RunOne = (query: string, parameters: Parameters) => Promise<QueryResult>

/** The statements of a script, as they run: each is a child job, and what the last one gives is what the script gives. */
export class ScriptStatements {
  readonly #spec: QuerySpec & { readonly signal?: AbortSignal; readonly child?: BeginChild }
  readonly #one: RunOne
  readonly #system: SystemVariables
  #last: QueryResult | undefined
  #bytesRead = 0

  constructor(
    spec: QuerySpec & { readonly signal?: AbortSignal; readonly child?: BeginChild },
    system: SystemVariables,
    one: RunOne,
  ) {
    this.#spec = spec
    this.#system = system
    this.#one = one
  }

  /** @returns how many rows it changed, where it changes some @throws what it fails with */
  async run(
    query: string,
    parameters: Parameters,
    stack: readonly StackFrame[],
  ): Promise<number | undefined> {
    const { signal, child } = this.#spec
    const { defaultDataset, labels } = this.#system
    signal?.throwIfAborted()
    await this.#last?.rows.drop()
    this.#last = undefined
    const own = { query, useLegacySql: false, ...(defaultDataset && { defaultDataset }) }
    const begun = child?.(own, stack, labels)
    this.#system.beginChild(begun?.jobId)
    let read = 0
    try {
      const done = await this.#one(query, parameters)
      read = done.bytesRead ?? 0
      this.#bytesRead += read
      // its child job has them, and the script
      if (begun) done.rows.hold()
      this.#last = done
      begun?.end(done)
      return done.dml && affectedRows(done.dml)
    } catch (error) {
      begun?.end(toBigQueryError(error))
      throw error
    } finally {
      this.#system.endChild(read)
    }
  }

  result(): QueryResult {
    const { fields, rows, dml } = this.#last ?? { fields: [], rows: noRows(), dml: undefined }
    return { statementType: 'SCRIPT', fields, rows, bytesRead: this.#bytesRead, ...(dml && { dml }) }
  }
}
