/** True of the rows of all days: a table may ask for a condition on its partitions, whichever they are. */
export const ANY_DAY = `event_date >= DATE '0001-01-01'`

/** Whose event a row is (`sourceOf`), as text; NULL where its table keeps none, or kept none when it was written. */
export function sourceText(isKept: boolean): string {
  return isKept ? '_source' : 'CAST(NULL AS STRING)'
}

/** FARM_FINGERPRINT of the bytes of a row, as text; NULL where its table keeps none. */
export function fingerprintText(isKept: boolean): string {
  return `CAST(${isKept ? '_fingerprint' : 'NULL'} AS STRING)`
}
