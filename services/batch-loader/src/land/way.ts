import type { Survey } from '../survey.ts'

/** How the rows of a source come into their tables. Plain JSON. */
export interface Way {
  readonly by: 'load jobs' | 'pending stream'
}

/** Their keys go into one query, as a parameter of at most 10 MB (docs: quotas, query jobs). */
export const MOST_RECORDS = 10_000

/** @param streamBytes of so many bytes of records at most, a pending stream takes them */
export function wayOf({ records, bytes }: Pick<Survey, 'records' | 'bytes'>, streamBytes: number): Way {
  const isSmall = streamBytes > 0 && records <= MOST_RECORDS && bytes <= streamBytes
  return { by: isSmall ? 'pending stream' : 'load jobs' }
}
