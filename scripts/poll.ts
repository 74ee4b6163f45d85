import { setTimeout as sleep } from 'node:timers/promises'

export interface PollOptions {
  readonly timeoutMs: number
  readonly everyMs?: number
  /** What is waited for, for the message of the error. */
  readonly what: string
}

/** Asks until the answer is something other than undefined. @throws Error with the last problem after the deadline */
export async function poll<T>(
  ask: () => Promise<T | undefined> | T | undefined,
  { timeoutMs, everyMs = 50, what }: PollOptions,
): Promise<T> {
  const deadline = Date.now() + timeoutMs
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
    await sleep(everyMs)
  }
}
