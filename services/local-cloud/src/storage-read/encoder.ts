import type { DuckDBValue } from '@duckdb/node-api'

export type Row = readonly DuckDBValue[]

/** How the rows of a session are written. */
export interface Encoder {
  /** `arrowSchema` or `avroSchema`, as ReadSession and the first ReadRowsResponse have it. */
  readonly schema: object
  /** `arrowRecordBatch` or `avroRows`. */
  rows(rows: readonly Row[]): object
}
