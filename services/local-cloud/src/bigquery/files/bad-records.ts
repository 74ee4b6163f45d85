import { BigQueryError } from '../errors.ts'

/** So many errors a job tells at most; it counts all. */
const MOST_TOLD = 100

/** Records that a load job leaves out: as many as it allows (docs: JobConfigurationLoad, "maxBadRecords"). */
export class BadRecords {
  readonly #most: number
  readonly #told: BigQueryError[] = []
  #count = 0

  constructor(most: number) {
    this.#most = most
  }

  get count(): number {
    return this.#count
  }

  /** What is wrong with the first ones. */
  get told(): readonly BigQueryError[] {
    return this.#told
  }

  /** Leaves out a record. @throws BigQueryError where it is one too many: where none is allowed what is wrong with it */
  leaveOut(error: BigQueryError): void {
    this.#count++
    if (this.#told.length < MOST_TOLD) this.#told.push(error)
    if (this.#count <= this.#most) return
    if (this.#most === 0) throw error
    const message = `Error while reading data, error message: too many errors, giving up. Errors: ${this.#count}; max bad: ${this.#most}. The last one: ${error.message}`
    throw new BigQueryError('invalid', message, { cause: error })
  }

  /** What the work gives; undefined where it fails, and its record is left out. @throws as `leaveOut`, and what is no BigQueryError */
  tried<T>(work: () => T): T | undefined {
    try {
      return work()
    } catch (error) {
      if (!(error instanceof BigQueryError)) throw error
      this.leaveOut(error)
      return undefined
    }
  }
}

/** None may be bad. */
export const noneBad = (): BadRecords => new BadRecords(0)
