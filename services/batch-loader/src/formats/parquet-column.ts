import type { Page } from './parquet-pages.ts'
import { SourceError } from './records.ts'
import { Unwritable } from './unwritable.ts'

/** What is wrong with the value of a row, by its path. */
export interface RowProblem {
  reason: string | undefined
}

/** A column that cannot be read. */
export class ColumnError extends Error {}

/** The values of one column of a row group. Rows are asked for while pages are there: `fill` brings the next ones. */
export class ParquetColumn {
  readonly name: string
  /** Rows that begin in the pages so far, and are there to their ends. */
  rows = 0
  readonly #next: () => Promise<Page | undefined>
  readonly #most: number
  readonly #problem: RowProblem
  readonly #path: () => string
  readonly #waiting: Page[] = []
  #page: Page | undefined
  #at = 0
  #begun = 0
  #isAll = false

  constructor(
    name: string,
    next: () => Promise<Page | undefined>,
    /** `path`: of the value that is read, in its row */
    {
      definition,
      problem,
      path,
    }: { readonly definition: number; readonly problem: RowProblem; readonly path: () => string },
  ) {
    this.name = name
    this.#next = next
    this.#most = definition
    this.#problem = problem
    this.#path = path
  }

  /** @throws ColumnError where there are not so many rows, or the next page is damaged; SourceError where it cannot be had */
  async fill(rows: number): Promise<void> {
    while (this.rows < rows) {
      const page = await this.#load()
      if (page) {
        this.#begun += page.rows
        if (page.count === 0) continue
        if (this.#page) this.#waiting.push(page)
        else this.#page = page
        // the last row may go on in the next page
        this.rows = page.repetitions ? this.#begun - 1 : this.#begun
        continue
      }
      if (this.#isAll) throw new ColumnError(`column ${this.name} ends behind ${this.rows} rows`)
      this.#isAll = true
      this.rows = this.#begun
    }
  }

  async #load(): Promise<Page | undefined> {
    try {
      return await this.#next()
    } catch (error) {
      throw error instanceof SourceError ? error : this.#wrong(error)
    }
  }

  /** How many of the lists that the next value stands in go on; 0: it begins a row. */
  get repetition(): number {
    return this.#page?.repetitions?.[this.#at] ?? 0
  }

  /** How much of the next value's path is there. */
  get definition(): number {
    if (this.#page === undefined) throw new ColumnError(`column ${this.name} ends within a row`)
    return this.#page.definitions === undefined ? this.#most : this.#page.definitions[this.#at]!
  }

  /** JSON text of the next value; where there is none, what its row is broken by is noted. */
  text(): string {
    const text = this.definition === this.#most ? this.#value() : 'null'
    this.#step()
    return text
  }

  /** Over a value that is not there, as what it stands in is not. */
  pass(): void {
    if (this.definition === this.#most)
      throw new ColumnError(`column ${this.name} has a value where others have none`)
    this.#step()
  }

  #value(): string {
    const { values } = this.#page!
    try {
      return values.next()
    } catch (error) {
      if (!(error instanceof Unwritable)) throw this.#wrong(error)
      this.#problem.reason ??= `${this.#path()}: ${error.message}`
      return asText(values.last())
    }
  }

  #step(): void {
    this.#at++
    if (this.#at < this.#page!.count) return
    this.#page = this.#waiting.shift()
    this.#at = 0
  }

  #wrong(error: unknown): ColumnError {
    const { message } = error as Error
    return new ColumnError(`column ${this.name} of its Parquet cannot be read: ${message}`, { cause: error })
  }
}

/** What a person may read of a value that JSON cannot hold. */
function asText(value: unknown): string {
  return JSON.stringify(value instanceof Uint8Array ? Buffer.from(value).toString('base64') : String(value))
}
