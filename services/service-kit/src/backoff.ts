export interface Backoff {
  /** Milliseconds, before jitter. */
  readonly firstMs: number
  readonly longestMs: number
}

/** Milliseconds to wait after so many failures in a row (from 1): doubled with each, up to the longest, with jitter. */
export function backoff(failures: number, { firstMs, longestMs }: Backoff): number {
  return jitter(Math.min(firstMs * 2 ** Math.min(failures - 1, 10), longestMs))
}

/** Between half and the whole, so that those who failed together do not meet again. */
export function jitter(ms: number): number {
  return ms * (0.5 + Math.random() / 2)
}
