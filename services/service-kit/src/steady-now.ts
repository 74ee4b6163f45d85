export interface Clocks {
  /** Milliseconds since 1970, as the machine tells them: somebody may set them back. */
  readonly wall: () => number
  /** Milliseconds that only go on, but perhaps not while the machine sleeps. */
  readonly running: () => number
}

/**
 * A clock that tells how long something took, or when it is to end: milliseconds since 1970, until the machine's clock is set back. Then
 * it goes on all the same, so that nothing waits for an hour that was told twice. Where the machine slept, or its clock was set forward,
 * it goes forward with it: what was leased before is over.
 */
export function createSteadyClock({ wall, running }: Clocks): () => number {
  let told = wall()
  let ran = running()
  let ahead = 0
  return () => {
    const [now, runs] = [wall(), running()]
    if (now < told) ahead += told - now + Math.max(0, runs - ran)
    told = now
    ran = runs
    return now + ahead
  }
}

/** The steady clock of the process. What others are told, as the time of a row, is `Date.now`. */
export const steadyNow: () => number = createSteadyClock({
  wall: () => Date.now(),
  running: () => performance.now(),
})
