import type { ScriptNames } from '../../sql/parameters.ts'
import type { Typed } from '../../sql/typing/typed.ts'
import type { FunctionDefinition } from '../../sql/tree/function-definition.ts'
import type { DdlStatement } from '../ddl/ddl-runner.ts'
import { BigQueryError } from '../errors.ts'
import { explained } from './explain-error.ts'
import type { Store } from '../store/store.ts'
import { SystemVariables } from './system-variables.ts'
import type { TemporaryTables } from './temporary-tables.ts'
import type { Transaction } from '../store/transaction.ts'

export type TransactionAction = 'BEGIN' | 'COMMIT' | 'ROLLBACK'

/** What outlives a statement: of a script, and, where it is one of a session, of its queries. */
export class ScriptState {
  readonly temporary: TemporaryTables
  /** By names in lower case. */
  readonly variables = new Map<string, Typed>()
  /** By names in upper case. */
  readonly functions = new Map<string, FunctionDefinition>()
  readonly system = new SystemVariables()
  readonly #store: Store
  #transaction: Transaction | undefined

  constructor(store: Store, temporary: TemporaryTables) {
    this.#store = store
    this.temporary = temporary
  }

  get names(): ScriptNames {
    return { variables: this.variables, functions: this.functions, system: this.system.valueOf }
  }

  get isInTransaction(): boolean {
    return this.#transaction !== undefined
  }

  /** Does something in the transaction, where there is one. */
  within<T>(work: () => Promise<T>): Promise<T> {
    return this.#store.within(this.#transaction, work)
  }

  /** @throws BigQueryError where there is a transaction already, or none to end, or somebody else changed the same rows */
  async transact(action: TransactionAction): Promise<void> {
    if (action === 'BEGIN') return this.#begin()
    const transaction = this.#transaction
    if (!transaction) {
      const what = action === 'COMMIT' ? 'commit' : 'roll back'
      throw new BigQueryError('invalidQuery', `There is no transaction in progress to ${what}.`)
    }
    this.#transaction = undefined
    if (action === 'COMMIT') {
      try {
        await explained(() => this.#store.commit(transaction))
      } catch (error) {
        await this.temporary.takeBack()
        throw error
      }
      this.temporary.keepMade()
      return
    }
    await this.#store.rollBack(transaction)
    await this.temporary.takeBack()
  }

  /** @throws BigQueryError for a statement that makes, changes or drops anything but rows and temporary tables */
  checkDdl(statement: DdlStatement): void {
    if (!this.isInTransaction || statement.type === 'TRUNCATE_TABLE' || statement.type === 'EXPORT_DATA')
      return
    const { path } = statement
    const isDrop = statement.type === 'DROP_TABLE' && this.temporary.find(path) !== undefined
    if (isDrop) this.temporary.checkDrop(path)
    else if (!('isTemporary' in statement && statement.isTemporary)) this.refuseInTransaction()
  }

  /** @throws BigQueryError where there is a transaction */
  refuseInTransaction(): void {
    if (!this.isInTransaction) return
    const message =
      'DDL statements are not supported in a transaction, except for those creating or dropping temporary tables or temporary functions.'
    throw new BigQueryError('invalidQuery', message)
  }

  /** What was not committed is taken back, and temporary tables go. */
  async end(): Promise<void> {
    if (this.#transaction) await this.transact('ROLLBACK')
    await this.temporary.drop()
  }

  async #begin(): Promise<void> {
    if (this.#transaction)
      throw new BigQueryError('invalidQuery', 'Nested transactions are not supported: one is in progress.')
    await this.temporary.open()
    this.#transaction = await this.#store.begin()
    this.temporary.noteMade()
  }
}
