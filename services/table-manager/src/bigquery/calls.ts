import { setTimeout as sleep } from 'node:timers/promises'
import { FairQueue } from '@tablestream/service-kit'

export interface CallLimits {
  /** Calls under way at a time. */
  readonly atOnce: number
  /** How long an answer is waited for. */
  readonly timeoutMs: number
}

/**
 * Calls to BigQuery, a limited number at a time (docs: 300 concurrent API requests a user, of all instances together), each
 * with an end: one whose answer never comes must hold neither its table nor a place here.
 */
export class Calls {
  readonly #limits: CallLimits
  readonly #waiting = new FairQueue<() => void>()
  #underWay = 0

  constructor(limits: CallLimits) {
    this.#limits = limits
  }

  /**
   * @param source who asks: each has one call after the other
   * @throws what the call throws, or an Error once it took too long; what it does then is not known
   */
  async run<T>(what: string, call: () => Promise<T>, source = ''): Promise<T> {
    if (this.#underWay >= this.#limits.atOnce) await new Promise<void>((go) => this.#waiting.push(source, go))
    else this.#underWay++
    const ended = new AbortController()
    try {
      return await Promise.race([call(), this.#tooLong(what, ended.signal)])
    } finally {
      ended.abort()
      // the place goes from hand to hand
      const next = this.#waiting.shift()
      if (next) next()
      else this.#underWay--
    }
  }

  async #tooLong(what: string, signal: AbortSignal): Promise<never> {
    const { timeoutMs } = this.#limits
    await sleep(timeoutMs, undefined, { signal, ref: false })
    throw new Error(`BigQuery did not answer within ${timeoutMs / 1000} s: ${what}`)
  }
}
