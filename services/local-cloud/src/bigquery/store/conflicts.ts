import { BigQueryError } from '../errors.ts'
import { CONFLICT, type Transaction } from './transaction.ts'

/**
 * Who changes rows of which table. "When a transaction mutates (update or delete) rows in a table, then other transactions or DML
 * statements that mutate rows in the same table cannot run concurrently" (docs: multi-statement transactions, "transaction concurrency").
 * DuckDB looks at rows, and does not see that one transaction deletes what another one has updated.
 */
export class Conflicts {
  readonly #open = new Set<Transaction>()
  /** How often rows of a table were changed or deleted, by its incarnation. */
  readonly #changes = new Map<string, number>()
  /** The same, when each transaction began. */
  readonly #before = new WeakMap<Transaction, ReadonlyMap<string, number>>()

  get open(): readonly Transaction[] {
    return [...this.#open]
  }

  begin(transaction: Transaction): void {
    this.#open.add(transaction)
    this.#before.set(transaction, new Map(this.#changes))
  }

  end(transaction: Transaction): void {
    this.#open.delete(transaction)
  }

  /** Rows of these tables are changed, by what no transaction that is open now sees. */
  changed(incarnations: Iterable<string>): void {
    for (const each of incarnations) this.#changes.set(each, (this.#changes.get(each) ?? 0) + 1)
  }

  /**
   * Somebody is about to change rows of these tables.
   *
   * @param own the transaction in which he does so; it is aborted where others changed rows of them since it began
   * @throws BigQueryError where a transaction has changed rows of one of them; in a transaction as DuckDB words it for a row
   */
  async change(incarnations: readonly string[], own?: Transaction): Promise<void> {
    const before = own && this.#before.get(own)
    const isLate = before && incarnations.some((each) => before.get(each) !== this.#changes.get(each))
    const isTaken = this.open.some(
      (other) => other !== own && incarnations.some((each) => other.changed.has(each)),
    )
    if (isLate || isTaken) {
      if (!own) throw concurrentUpdate()
      await own.abort()
    }
    own?.check()
    for (const each of incarnations) own?.changed.add(each)
  }

  /** Ends the transactions that have changed rows of these tables. @returns whether there are some */
  async abort(incarnations: readonly string[]): Promise<boolean> {
    const others = this.open.filter(({ changed }) => incarnations.some((each) => changed.has(each)))
    for (const each of others) await each.abort()
    return others.length > 0
  }
}

function concurrentUpdate(): BigQueryError {
  const message = 'The statement is aborted due to concurrent update against a table that it changes'
  return new BigQueryError('invalidQuery', message, { cause: new Error(CONFLICT) })
}
