/** A text that orders RANGEs by their starts, then by their ends. An UNBOUNDED start is the first, an UNBOUNDED end the last. */
export const rangeKey = (sql: string): string => `replace(${sql}, '[UNBOUNDED', '[')`

/** The RANGE of its key. */
export const rangeOfKey = (key: string): string => `replace(${key}, '[,', '[UNBOUNDED,')`
