import {
  judge,
  requestsOf,
  sourceOf,
  turnOf,
  type EventPolicy,
  type Message,
  type SchemaRequest,
} from '@tablestream/contract'
import { backoff, Pace } from '@tablestream/service-kit'
import {
  changeKey,
  columnFinder,
  countColumns,
  plan,
  planAll,
  takesBoth,
  type Column,
  type JsonObject,
  type Plan,
  type PlanOptions,
} from '@tablestream/table-schema'
import type { Incarnation } from '../row/write-schema.ts'
import { envelopeOf, type Item } from '../item/item.ts'
import { atOnce, type Later } from '../long-work.ts'
import { OneTurn } from '../one-turn.ts'
import type { WriteSchema } from '../row/write-schema.ts'
import type { Admissions } from './admissions.ts'
import { AskTurn } from '../asking/ask-turn.ts'
import type { Ask } from '../asking/ask.ts'
import type { Hopeful, Hopes } from './hopes.ts'
import { QuarantineRequests } from './quarantine-requests.ts'
import type { Wish } from '../asking/wish.ts'

export interface TableRequestsOptions {
  readonly table: string
  readonly policy: EventPolicy
  /** What the table begins with besides the system columns. */
  readonly contract: readonly Column[]
  readonly ask: Ask
  /** What all tables together remember of hopes and of admissions. */
  readonly hopes: Hopes
  readonly admissions: Admissions
  /** The table that was known before, where there was a lane for it: that one is no news. */
  readonly before?: Incarnation | undefined
  readonly now: () => number
  /** Makes requests of events: that takes long where one is large. Absent: at once. */
  readonly later?: Later | undefined
}

/**
 * Pub/Sub and Eventarc keep a request until table-manager has answered it: what is sent again is for what got lost behind that, and for
 * tables that somebody changed back. In the ten minutes that an event waits that is six times.
 */
const AGAIN = { firstMs: 10_000, longestMs: 600_000 }
/** So long it is hoped that what was asked for comes: about two tries. Then those who relied on it ask for themselves. */
const HOPE_MS = 15_000
/** So often it is looked whether a turn has come. */
const TURN_MS = 1000
/**
 * Wishes of one table in a second, and at once. table-manager makes a change of a table each 2.5 s for all who ask by then, who hold some
 * 60 places (80 of a Cloud Run instance): more of them than that would have the places of all tables.
 */
const A_SECOND = 20
const AT_ONCE = 50
/** More wishes than events may wait. */
const MOST_WISHES = 10_000

/**
 * What is asked of table-manager for one table: once for each change that the table needs, and again, more and more slowly, until the
 * write path knows it, while events wait for it. The plan is pure, so the columns that the table will have once all is done that was
 * asked for are known here. An event that fits those asks for nothing, for as long as there is hope: what others asked for may be refused.
 */
export class TableRequests implements Hopeful {
  readonly #options: TableRequestsOptions
  readonly #planning: PlanOptions
  readonly #quarantine: QuarantineRequests | undefined
  readonly #wishes = new Map<string, Wish>()
  /** The table as the write path knows it, and as it will be once everything is done that is hoped for. */
  #known: readonly Column[] | undefined
  #hoped: readonly Column[] | undefined
  /** Which hope it is, and when it ends. */
  #hope = 0
  #hopeEnds = Number.POSITIVE_INFINITY
  /** How often the write path told another table. */
  #told = 0
  #fingerprint = ''
  #wantsLook = false
  // no event waits for these: a writer that starts again looks at each table that it meets
  readonly #lookTurn = new AskTurn(false)
  readonly #admissionTurn = new AskTurn(false)
  readonly #objectionTurn = new AskTurn(true)
  readonly #pace: Pace
  #objection = { tries: 0, due: 0 }

  constructor(options: TableRequestsOptions) {
    this.#options = options
    const { table, policy, contract, admissions, now } = options
    this.#pace = new Pace(A_SECOND, now, AT_ONCE)
    const evolves = policy.columns === 'evolve'
    const { column_limit: columnLimit, quarantine } = policy
    this.#planning = { contract, columnLimit, columns: evolves && !quarantine ? 'evolve' : 'freeze' }
    if (evolves && quarantine)
      this.#quarantine = new QuarantineRequests({
        table,
        quarantine,
        admissions,
        ask: (requests) => this.#admit(requests),
        now,
      })
  }

  /** Whether there is no table, and nobody was asked for it yet: all that is wished for waits for its turn. */
  get isInLine(): boolean {
    const isInLine = ({ tries, turn }: Wish) => tries === 0 && turn.isInLine
    return this.#known === undefined && this.#wishes.size > 0 && this.#wishes.values().every(isInLine)
  }

  /** An event waits for the table, or for a column of it. */
  lacks(item: Item, event: JsonObject): void {
    const wanted = plan(this.#known, event, this.#planning)
    if (wanted.outcome === 'fits') return
    const wish = this.#wishOf(changeKey(wanted), wanted.added[0] ?? '')
    item.wish = wish
    this.#renewHope()
    if (wish.hope === this.#hope) return
    if (wish.tries > 0) {
      // asked for already: it is hoped for, or goes on to be asked for by itself
      if (this.#options.now() - wish.sentAt < HOPE_MS) this.#hopeFor(wish, event)
      return
    }
    const wasKnown = this.#hoped === this.#known
    if (!wasKnown && this.#isHopedFor(event, wanted)) wish.due = this.#hopeEnds
    else this.#send(wish, item.message, event, wasKnown ? wanted.columns : undefined)
  }

  /**
   * Whether an event fits the columns that are hoped for. It does not where one of them would have another type if it were made for
   * this event, too: columns that are planned for several events have one type for all, and those that are made keep theirs.
   */
  #isHopedFor(event: JsonObject, wanted: Plan): boolean {
    const { outcome, conflicts } = plan(this.#hoped, event, this.#planning)
    const isThere = (path: string) => wanted.conflicts.some((conflict) => conflict.path === path)
    return outcome === 'fits' && !conflicts.some((conflict) => takesBoth(conflict) && !isThere(conflict.path))
  }

  /** Whether the event of this item has asked for the table that is known, or relies on others who did. */
  isSeenTo({ wish }: Item): boolean {
    return wish !== undefined && wish.told === this.#told
  }

  /** An event landed without a value that has a column only once enough events ask for it. @param key of the event */
  lacksAdmission(message: Message, event: JsonObject, key: string): void {
    const known = this.#known
    if (!this.#quarantine || !known) return
    const planning: PlanOptions = { ...this.#planning, columns: 'evolve' }
    const wanted = plan(known, event, planning)
    if (wanted.outcome === 'fits') return
    this.#quarantine.ask(changeKey(wanted), () => requestsOf(message, event, known, planning), key)
  }

  /**
   * The write path refuses rows with the columns that it told. A table that gets a primary key later is such one: table-manager sees what
   * else it lacks.
   */
  objected(message: Message): void {
    const { ask, now } = this.#options
    if (this.#objection.due > now()) return
    // it has not asked until it has a turn
    if (!this.#objectionTurn.get(ask, message)) return
    const before = this.#objection
    const tries = before.tries + 1
    const asked = { tries, due: now() + backoff(tries, AGAIN) }
    this.#objection = asked
    void this.#look(message, this.#objectionTurn).then((isAsked) => {
      // nobody was asked: that is no try, and the next one is soon
      if (!isAsked && this.#objection === asked)
        this.#objection = { tries: before.tries, due: now() + backoff(1, AGAIN) }
    })
  }

  /** Rows landed. @param message of one of them */
  landed(message: Message): void {
    this.#objection = { tries: 0, due: 0 }
    if (!this.#wantsLook) return
    this.#wantsLook = false
    void this.#look(message, this.#lookTurn).then((isAsked) => (this.#wantsLook ||= !isAsked))
  }

  /** The write path tells of the table; undefined: there is none. */
  told(schema: Pick<WriteSchema, 'columns' | 'fingerprint' | 'incarnation'> | undefined): void {
    const fingerprint = schema?.fingerprint ?? ''
    if (fingerprint === this.#fingerprint && this.#known === schema?.columns) return
    const wasMet = this.#fingerprint === '' && schema?.incarnation === this.#options.before
    const isNews = fingerprint !== this.#fingerprint && !wasMet
    // others made or changed it: what belongs to a table beside its columns (key, view) is seen to by who made them for the others
    this.#wantsLook = isNews && schema !== undefined && !this.#isOurs(schema.columns)
    this.#fingerprint = fingerprint
    this.#known = schema?.columns
    this.#told++
    this.#beginHope()
  }

  /** Sends again what is due: called now and then while events wait. @param waiting the events that do */
  repeat(waiting: Iterable<Item>): void {
    const now = this.#options.now()
    this.#renewHope()
    const due = new Set(this.#wishes.values().filter((wish) => wish.due <= now))
    if (due.size === 0) return
    const turn = new OneTurn()
    for (const item of waiting) {
      const { wish, message } = item
      if (!wish || !due.has(wish)) continue
      due.delete(wish)
      // an event may be large: it is not read anew before its turn is there, and what is too much now is read at the next look
      const isAwaited = wish.turn.isAwaited(this.#options.ask, message)
      if (isAwaited || !(this.#hasPlace(wish) || this.#pace.isFree)) wish.due = now + TURN_MS
      else if (turn.takes(item)) this.#again(item, wish)
      if (due.size === 0) return
    }
    // nobody waits for these any more
    for (const wish of due) this.#wishes.delete(wish.key)
  }

  #again(item: Item, wish: Wish): void {
    const { event } = envelopeOf(item)
    if (wish.tries === 0) this.lacks(item, event)
    else this.#send(wish, item.message, event)
  }

  #wishOf(key: string, added: string): Wish {
    const known = this.#wishes.get(key)
    // what the table has got since, and lacks again, is another wish
    if (known && known.told >= this.#told - 1)
      return Object.assign(known, { told: this.#told, hadTable: this.#known !== undefined })
    const hadTable = this.#known !== undefined
    const turn = new AskTurn(true)
    const wish = { key, added, hadTable, told: this.#told, turn, tries: 0, due: 0, sentAt: 0, hope: -1 }
    if (this.#wishes.size >= MOST_WISHES) this.#wishes.delete(this.#wishes.keys().next().value!)
    this.#wishes.set(key, wish)
    return wish
  }

  /** Whether one of those that were asked for until now has come. */
  #isOurs(columns: readonly Column[]): boolean {
    const find = columnFinder(columns)
    return this.#wishes
      .values()
      .some(
        ({ told, tries, added, hadTable }) =>
          told === this.#told && tries > 0 && (!hadTable || added === '' || find(added) !== undefined),
      )
  }

  #beginHope(): void {
    this.#hoped = this.#known
    this.#hope++
    this.#hopeEnds = Number.POSITIVE_INFINITY
    this.#options.hopes.set(this, 0)
  }

  /** Each event asks for itself from now on, until something is hoped for again. */
  giveUpHope(): void {
    this.#beginHope()
  }

  #renewHope(): void {
    if (this.#options.now() >= this.#hopeEnds) this.#beginHope()
  }

  /** @param planned the columns for the event and what is hoped for, where they are known */
  #hopeFor(wish: Wish, event: JsonObject, planned?: readonly Column[]): void {
    wish.hope = this.#hope
    const replaces = this.#hoped !== this.#known
    this.#hoped = planned ?? planAll(this.#hoped, [event], { ...this.#planning, replaces }).columns
    this.#hopeEnds = Math.min(this.#hopeEnds, this.#options.now() + HOPE_MS)
    this.#options.hopes.set(this, countColumns(this.#hoped))
  }

  /** Whether it may ask whatever the pace: it is in line, or has asked before, and comes more and more seldom. */
  #hasPlace({ turn, tries }: Wish): boolean {
    return turn.isWanted || tries > 0
  }

  #send(wish: Wish, message: Message, event: JsonObject, planned?: readonly Column[]): void {
    const now = this.#options.now()
    const isPaced = this.#hasPlace(wish) || this.#pace.take({ urgent: true })
    if (!isPaced || !wish.turn.get(this.#options.ask, message)) {
      wish.due = now + TURN_MS
      return
    }
    wish.turn.use()
    void this.#askFor(message)
    wish.tries++
    wish.sentAt = now
    wish.due = now + backoff(wish.tries, AGAIN)
    if (wish.tries === 1) this.#hopeFor(wish, event, planned)
  }

  /** Has table-manager look at the table, by an event that it takes. Resolves to false where it could not be asked. */
  #look(message: Message, turn: AskTurn): Promise<boolean> {
    if (!turn.get(this.#options.ask, message)) return Promise.resolve(false)
    turn.use()
    return this.#askFor(message)
  }

  /** The event is read once more: parsed, and kept until it is its turn, many large ones would take more memory than there is. */
  #askFor(message: Message): Promise<boolean> {
    const { later = atOnce } = this.#options
    const known = this.#known
    return new Promise((resolve) => {
      later(
        () => {
          const verdict = judge(message)
          if (verdict.outcome === 'event')
            return () => {
              resolve(this.#ask(requestsOf(message, verdict.event, known, this.#planning)))
              return undefined
            }
          resolve(true)
          return undefined
        },
        turnOf(sourceOf(message)),
      )
    })
  }

  #admit(requests: readonly SchemaRequest[]): Promise<boolean> | undefined {
    const [first] = requests
    if (first && !this.#admissionTurn.get(this.#options.ask, first)) return undefined
    this.#admissionTurn.use()
    return this.#ask(requests)
  }

  #ask(requests: readonly SchemaRequest[]): Promise<boolean> {
    return this.#options.ask.send(this.#options.table, requests)
  }
}
