import { sourceOf, turnOf, type Message, type SchemaRequest } from '@tablestream/contract'
import { Pace, type Logger, type Publisher, type Turn } from '@tablestream/service-kit'
import type { Counter } from 'prom-client'

/** Who asks. */
export type Asker = Pick<Message, 'attributes' | 'attribute'>

/** Asks table-manager for tables. */
export interface Ask {
  /**
   * Whether it may be asked now. `later`: once it is the turn of this asker, `go` is called. `full`: nobody gets in line now.
   *
   * To be had before the requests are made: to make them takes long where an event is large.
   *
   * @param urgent whether an event waits for what is asked for: those have their turns first
   */
  turn(asker: Asker, urgent: boolean, go: () => void): 'now' | 'later' | 'full'
  /** Uses a turn. Resolves to whether Pub/Sub has the requests; never rejects. */
  send(table: string, requests: readonly SchemaRequest[]): Promise<boolean>
}

export interface AskOptions {
  readonly publisher: Pick<Publisher, 'publish'>
  readonly logger: Logger
  readonly asked: Counter
  /** Milliseconds of a clock that only goes on. */
  readonly now?: () => number
  /** Bytes of requests that Pub/Sub has not answered yet, of all tables together: beyond it nobody has a turn. */
  readonly mostBytes?: number
}

const MOST_BYTES = 8 << 20
/**
 * Requests in a second, and at once. table-manager makes some 55 tables a second, and Pub/Sub keeps requests in the order in which they
 * come: more of them would be a line in which everybody waits behind who wants much. So the line is here, where all callers take turns.
 */
const A_SECOND = 50
const AT_ONCE = 100
/**
 * Each is for a change that events waited for; who finds no place comes again. A caller may have as many places as are free: the line of
 * one alone is at most half of it, and there is always room for others.
 */
const MOST_IN_LINE = 20_000

export function createAsk({ publisher, logger, asked, now, mostBytes = MOST_BYTES }: AskOptions): Ask {
  const pace = new Pace(A_SECOND, now, AT_ONCE)
  let underWay = 0
  const isFull = () => underWay >= mostBytes
  const wait = async (turn: Turn) => {
    await pace.turn(turn)
    // Pub/Sub may have become slow since: a turn is no leave to keep more bytes
    while (isFull()) await pace.turn(turn)
  }
  return {
    turn(asker, urgent, go) {
      const turn = { urgent, source: turnOf(sourceOf(asker)) }
      const { all, party } = pace.waiting(turn)
      if (isFull() || party >= MOST_IN_LINE - all) return 'full'
      if (pace.take(turn)) return 'now'
      void wait(turn).then(go)
      return 'later'
    },
    async send(table, requests) {
      const bytes = requests.reduce((sum, { data }) => sum + data.length, 0)
      asked.inc(requests.length)
      pace.spend(requests.length - 1)
      underWay += bytes
      try {
        await publisher.publish(requests)
        return true
      } catch (error) {
        logger.warn({ err: error, table }, 'table-manager could not be asked; it is asked again')
        return false
      } finally {
        underWay -= bytes
      }
    },
  }
}
