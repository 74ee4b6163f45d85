const MOST_ROWS = 50_000
/** Google's pages end at some megabytes, however many rows were asked for; here they end at so many values. */
const MOST_VALUES = 500_000

/** Rows of a page. @param most what the caller asks for */
export function rowsOfPage(columns: number, most = MOST_ROWS): number {
  return Math.min(most, MOST_ROWS, Math.max(1, Math.floor(MOST_VALUES / Math.max(1, columns))))
}
