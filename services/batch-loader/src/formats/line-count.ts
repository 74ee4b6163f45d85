/** Of lines of JSON: how many began, blank ones as well. */
export interface LineCount {
  lines: number
}
