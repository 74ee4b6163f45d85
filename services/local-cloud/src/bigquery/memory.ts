import { totalmem } from 'node:os'

const MB = 1_048_576

/** Half of the memory that this process may have, in MB: DuckDB's own default, four fifths, leaves too little to everything else. */
export function halfOfMemory(): number {
  // 0, or more than there is, where nothing limits the process
  const constrained = process.constrainedMemory()
  const available = constrained > 0 ? Math.min(constrained, totalmem()) : totalmem()
  return Math.max(1, Math.floor(available / 2 / MB))
}

/** DuckDB's setting for so many MB. */
export function memorySetting(megabytes: number): string {
  return `${megabytes}MiB`
}
