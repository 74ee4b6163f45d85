import type { CellFormat } from '../values/cells.ts'

/** Which rows of a result are asked for, and how they are answered. */
export interface ResultPage {
  readonly maxResults?: number
  readonly startIndex?: number
  readonly format: CellFormat
}
