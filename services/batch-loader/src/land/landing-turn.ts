import { setTimeout as sleep } from 'node:timers/promises'
import type { Workshop } from '../google/storage.ts'

/** Who has the turn, and until when in milliseconds since 1970, unless it is said anew. */
interface Turn {
  readonly owner: string
  readonly until: number
}

export interface TurnOptions {
  /** The same for all processes that may land at once: those of one large file, which land the same rows by the same job. */
  readonly owner: string
  /** After so long without a word of its owner a turn is over. */
  readonly leaseMs?: number
  /** Is told once, when another has had the turn for a second: in how many milliseconds that one is over unless it is said anew. */
  readonly onWait?: (ms: number) => void
}

const LEASE_MS = 60_000
const LOOK_MS = 50
const LONGEST_LOOK_MS = 2000
const SAID_AFTER_MS = 1000
const TURN = /^turn-(\d+)\.json$/

/**
 * Lets one load at a time land in a table: two statements that begin together do not see each other's rows, and the same event in both
 * files would land twice. Turns are objects with numbers, each made once; that of a process that is gone ends after a minute. A statement
 * that it left behind at BigQuery may run longer than that.
 *
 * @param turns where the turns of this table are
 */
export async function inLandingTurn<T>(
  turns: Workshop,
  { owner, leaseMs = LEASE_MS, onWait = () => {} }: TurnOptions,
  land: () => Promise<T>,
): Promise<T> {
  const name = await takeTurn(turns, { owner, leaseMs, onWait })
  const say = (until: number) => turns.put(name, Buffer.from(JSON.stringify({ owner, until } satisfies Turn)))
  // one that cannot be said is said the next time
  const timer = setInterval(() => void say(Date.now() + leaseMs).catch(() => {}), leaseMs / 3)
  try {
    return await land()
  } finally {
    clearInterval(timer)
    // what was done is done: a turn whose end cannot be said is over soon
    await say(0).catch(() => {})
  }
}

/** @returns the object of the turn */
async function takeTurn(turns: Workshop, { owner, leaseMs, onWait }: Required<TurnOptions>): Promise<string> {
  const began = performance.now()
  let isSaid = false
  for (let wait = LOOK_MS; ; wait = Math.min(wait * 2, LONGEST_LOOK_MS)) {
    const numbers = await numbersOf(turns)
    const newest = Math.max(0, ...numbers)
    const last = newest === 0 ? undefined : await turns.read<Turn>(nameOf(newest))
    if (last?.owner === owner && last.until > Date.now()) return nameOf(newest)
    if (!last || last.until <= Date.now()) {
      const taken = await turns.make<Turn>(nameOf(newest + 1), { owner, until: Date.now() + leaseMs })
      // who stood still since it looked may have made anew a number that was taken away: then a higher one is there
      const isNewest = Math.max(...(await numbersOf(turns))) <= newest + 1
      if (taken.owner === owner && isNewest) {
        await turns.remove(numbers.filter((number) => number < newest).map(nameOf))
        return nameOf(newest + 1)
      }
    } else if (!isSaid && performance.now() - began > SAID_AFTER_MS) {
      isSaid = true
      onWait(last.until - Date.now())
    }
    await sleep(wait)
  }
}

async function numbersOf(turns: Workshop): Promise<readonly number[]> {
  return [...(await turns.names())].flatMap((each) => TURN.exec(each)?.[1] ?? []).map(Number)
}

const nameOf = (number: number) => `turn-${String(number).padStart(6, '0')}.json`
