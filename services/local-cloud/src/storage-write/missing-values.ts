import { defaultsOf, type Defaults } from '../bigquery/values/default-values.ts'
import type { Field } from '../bigquery/values/fields.ts'
import { GoogleError } from '../google-error.ts'
import type { AppendRowsRequest } from './messages.ts'

/** What a value that a row does not have means, in the requests of one connection. */
export class MissingValues {
  #default = 'NULL_VALUE'
  #byColumn: Readonly<Record<string, string>> = {}

  /** Takes what a request says: of all columns for those behind it, too, of single ones for itself alone. */
  take({ defaultMissingValueInterpretation: all, missingValueInterpretations }: AppendRowsRequest): void {
    if (all && all !== 'MISSING_VALUE_INTERPRETATION_UNSPECIFIED') this.#default = all
    this.#byColumn = missingValueInterpretations ?? {}
  }

  /** Two that are equal mean the same. */
  get key(): string {
    const columns = Object.entries(this.#byColumn)
    if (columns.length === 0) return this.#default === 'NULL_VALUE' ? '' : this.#default
    return `${this.#default} ${JSON.stringify(columns)}`
  }

  /**
   * The defaults of columns that are to have theirs; undefined where none is.
   *
   * @throws GoogleError INVALID_ARGUMENT where a column is named that is none
   */
  defaultsOf(fields: readonly Field[]): Defaults | undefined {
    const columns = Object.entries(this.#byColumn)
    if (columns.length === 0 && this.#default === 'NULL_VALUE') return undefined
    const names = new Set(fields.map(({ name }) => name.toLowerCase()))
    const by = new Map(columns.map(([name, how]) => [name.toLowerCase(), how]))
    const unknown = columns.find(([name]) => !names.has(name.toLowerCase()))
    if (unknown)
      throw new GoogleError(
        'INVALID_ARGUMENT',
        `missing_value_interpretations names no column of the table: ${unknown[0]}.`,
      )
    const how = (name: string) => by.get(name.toLowerCase()) ?? this.#default
    return new Map([...defaultsOf(fields)].filter(([name]) => how(name) === 'DEFAULT_VALUE'))
  }
}
