import { setTimeout as sleep } from 'node:timers/promises'

export interface PollOptions {
  readonly timeoutMs: number
  /** Between two questions. Unless it is said: longer and longer, 200 ms at most, since many wait at the same time. */
  readonly everyMs?: number
  /** What is waited for, for the message of the error. */
  readonly what: string
}

const FIRST_MS = 50
const LONGEST_MS = 200
const GROWS = 1.2

/** Asks until the answer is something other than undefined. @throws Error with the last problem after the deadline */
export async function poll<T>(
  ask: () => Promise<T | undefined> | T | undefined,
  { timeoutMs, everyMs, what }: PollOptions,
): Promise<T> {
  const deadline = Date.now() + timeoutMs
  let pauseMs = everyMs ?? FIRST_MS
  let problem: unknown
  for (;;) {
    try {
      const answer = await ask()
      if (answer !== undefined) return answer
      problem = undefined
    } catch (error) {
      problem = error
    }
    if (Date.now() >= deadline) throw new Error(`${what}: not within ${timeoutMs} ms`, { cause: problem })
    await sleep(pauseMs)
    if (everyMs === undefined) pauseMs = Math.min(pauseMs * GROWS, LONGEST_MS)
  }
}
