import { randomUUID } from 'node:crypto'
import type { Filters, Replayer } from '@tablestream/ledger'
import type { LetterFilters } from '../api/letters.ts'
import type { Replay } from '../api/replay.ts'

export type ReplayWork =
  | { readonly filters: Filters; readonly most: number }
  /** One with other bytes. */
  | { readonly deadLetterId: string; readonly data: Buffer }

export interface ReplaysOptions {
  readonly replayer: Pick<Replayer, 'replay' | 'replayMended'>
  readonly now: () => number
  readonly failed: (error: unknown) => void
}

const MOST_REMEMBERED = 100
const MOST_NAMED = 100

interface Kept {
  readonly work: ReplayWork
  replay: Replay
  timer: NodeJS.Timeout | undefined
}

/** Replays that were asked for: each waits for its window, in which it can be undone, and is told of until this process ends. */
export class Replays {
  readonly #options: ReplaysOptions
  readonly #kept = new Map<string, Kept>()
  readonly #underWay = new Set<Promise<void>>()
  #turn: Promise<unknown> = Promise.resolve()

  constructor(options: ReplaysOptions) {
    this.#options = options
  }

  /** One after the other: what looks whether something is under way, and begins something then. */
  inTurn<T>(begin: () => Promise<T>): Promise<T> {
    const begun = this.#turn.then(begin)
    // what one could not begin is its own caller's business
    this.#turn = begun.catch(() => undefined)
    return begun
  }

  /** What waits or runs, and the dead letters that it means. */
  going(): { readonly id: string; readonly filters: Filters }[] {
    return [...this.#kept.values()]
      .filter(({ replay: { state } }) => state === 'waiting' || state === 'running')
      .map(({ replay, work }) => ({ id: replay.replay_id, filters: filtersOf(work) }))
  }

  /** @param letters how many there are */
  start(work: ReplayWork, letters: number, undoSeconds: number): Replay {
    const starts = this.#options.now() + undoSeconds * 1000
    const replay: Replay = {
      replay_id: randomUUID(),
      state: 'waiting',
      starts_at: new Date(starts).toISOString(),
      letters,
      replayed: 0,
      failed: [],
    }
    const kept: Kept = { work, replay, timer: undefined }
    kept.timer = setTimeout(() => {
      const run = this.#run(kept, work).finally(() => this.#underWay.delete(run))
      this.#underWay.add(run)
    }, undoSeconds * 1000)
    this.#kept.set(replay.replay_id, kept)
    const [oldest] = this.#kept.keys()
    if (this.#kept.size > MOST_REMEMBERED && this.#kept.get(oldest!)?.replay.state !== 'waiting')
      this.#kept.delete(oldest!)
    return replay
  }

  get(id: string): Replay | undefined {
    return this.#kept.get(id)?.replay
  }

  /** Newest first. */
  all(): Replay[] {
    return [...this.#kept.values()].map(({ replay }) => replay).toReversed()
  }

  /** @returns whether it was still waiting */
  cancel(id: string): boolean {
    const kept = this.#kept.get(id)
    if (kept?.replay.state !== 'waiting') return false
    clearTimeout(kept.timer)
    kept.replay = { ...kept.replay, state: 'cancelled' }
    return true
  }

  /** What waits is not begun any more; what goes on is waited for. */
  async close(): Promise<void> {
    for (const id of this.#kept.keys()) this.cancel(id)
    await Promise.all(this.#underWay)
  }

  async #run(kept: Kept, work: ReplayWork): Promise<void> {
    const { replayer, failed: report } = this.#options
    const tell = (change: Partial<Replay>) => (kept.replay = { ...kept.replay, ...change })
    tell({ state: 'running' })
    try {
      if ('data' in work) {
        const messageId = await replayer.replayMended(work.deadLetterId, work.data)
        if (messageId === undefined) throw new Error(`there is no dead letter "${work.deadLetterId}"`)
        tell({ state: 'done', replayed: 1, message_id: messageId })
        return
      }
      const { replayed, failed } = await replayer.replay(work.filters, work.most)
      const named = failed.slice(0, MOST_NAMED)
      tell({
        state: failed.length > 0 && replayed === 0 ? 'failed' : 'done',
        replayed,
        failed: named.map(({ letter, error }) => ({
          dead_letter_id: letter.deadLetterId,
          message: error.message,
        })),
        ...(failed.length > 0 && {
          problem: `${failed.length} could not be published, and stay as they are`,
        }),
      })
    } catch (error) {
      report(error)
      tell({ state: 'failed', problem: error instanceof Error ? error.message : String(error) })
    }
  }
}

/** Which dead letters it means. */
export function filtersOf(work: ReplayWork): Filters {
  return 'filters' in work ? work.filters : ledgerFilters({ replayed: true }, [work.deadLetterId])
}

/** The filters of the API as the ledger's. */
export function ledgerFilters(
  { reason = [], type = [], path = [], since, until, replayed = false }: LetterFilters,
  ids: readonly string[] = [],
): Filters {
  return {
    reasons: reason,
    types: type,
    paths: path,
    ids,
    again: replayed,
    ...(since !== undefined && { since }),
    ...(until !== undefined && { until }),
  }
}
