// When the recorded answers were given: now.

export const NOW = Date.now()

/** RFC 3339, so many seconds ago. */
export const before = (seconds: number) => new Date(NOW - seconds * 1000).toISOString()
