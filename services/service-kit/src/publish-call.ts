/** What may pass by itself: gRPC's CANCELLED, UNKNOWN, DEADLINE_EXCEEDED, RESOURCE_EXHAUSTED, ABORTED, INTERNAL, UNAVAILABLE. */
const PASSING = [1, 2, 4, 8, 10, 13, 14]
/** Cloud Run ends a request after 60 s: who waits for this one is told before. The client's own number is 600 s. */
const LONGEST_MS = 25_000
const LONGEST_TRY_MS = 10_000

/** How long a publish may take, and when it is tried again: the only place that says so. */
export function publishCall(longestMs = LONGEST_MS) {
  const tryMs = Math.min(LONGEST_TRY_MS, longestMs)
  return {
    retry: {
      retryCodes: PASSING,
      backoffSettings: {
        initialRetryDelayMillis: 100,
        retryDelayMultiplier: 2,
        maxRetryDelayMillis: 5000,
        initialRpcTimeoutMillis: tryMs,
        rpcTimeoutMultiplier: 1,
        maxRpcTimeoutMillis: tryMs,
        totalTimeoutMillis: longestMs,
      },
    },
  }
}
