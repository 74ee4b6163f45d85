import type { EventPolicies } from '@tablestream/contract'
import { isWrittenAgain, mayHaveARow } from '../doubts/may-have-a-row.ts'
import type { Ends } from './ends.ts'
import type { TableLane } from '../lane/table-lane.ts'
import type { EventKey } from '../row/compile-byte-path.ts'
import type { DuplicateWindow } from '../judge/duplicate-window.ts'
import type { Incarnation } from '../row/write-schema.ts'
import type { Item } from '../item/item.ts'
import type { Twins } from '../judge/twins.ts'

export interface RepeatsOptions {
  readonly known: DuplicateWindow
  readonly twins: Pick<Twins, 'add'>
  readonly policies: EventPolicies
  readonly ends: Pick<Ends, 'duplicates' | 'collides' | 'giveBack' | 'mistaken' | 'track'>
  /** Takes an event whose key is known, but whose row is not there, or is to be written beside the other one. */
  readonly write: (item: Item) => void
  /** Takes an event that may have a row: the table is to be asked before it is written. */
  readonly doubt: (item: Item) => void
}

/** Whether an event came before: by the keys that the window remembers, and by the table where one of them landed. */
export class Repeats {
  readonly #options: RepeatsOptions

  constructor(options: RepeatsOptions) {
    this.#options = options
  }

  /**
   * Takes the key of an event for it. False where another one has it: then this one has its end here, or waits for the end of that one.
   */
  claim(lane: TableLane, item: Item, eventType: string, { source, eventId }: EventKey): boolean {
    const { known: window, policies } = this.#options
    item.eventType = eventType
    item.table = lane.table
    const { duplicates, collisions } = policies.of(eventType)
    // each takes the place of those that were published before it, those with its own bytes, too: another one may be in between
    const replaces = duplicates === 'upsert'
    // where events with one id and other bytes stay beside each other, the bytes are part of what they are known by
    const isKept = collisions === 'keep' && !replaces
    const entry = window.entryOf(eventType, source, isKept ? `${eventId} ${item.low} ${item.high}` : eventId)
    item.entry = entry
    const known = window.get(entry)
    const isOnItsWay = typeof known === 'object'
    if (isOnItsWay && (!replaces || isSameMessage(known, item))) {
      this.#addTwin(known, item)
      return false
    }
    // of a table that nobody has looked at yet it may be the one that it landed in
    const mayHaveLanded =
      typeof known === 'string' && (known === lane.incarnation || lane.incarnation === undefined)
    if (mayHaveLanded && !replaces && !isWrittenAgain(item.message)) {
      const { ends } = this.#options
      ends.track(this.#judgeRepeat(lane, item, known).catch((error) => ends.mistaken(item, error)))
      return false
    }
    window.begin(entry, item)
    return true
  }

  /**
   * An event of this key landed before: this one is a duplicate, or collides with it, if that row is still there.
   *
   * @param landedIn the table that it landed in
   */
  async #judgeRepeat(lane: TableLane, item: Item, landedIn: Incarnation): Promise<void> {
    const { known: window, ends, write, doubt } = this.#options
    const isSame = window.hasBytes(item.entry, item)
    const isThere = await lane.isThere(landedIn)
    const known = window.get(item.entry)
    // meanwhile the key became that of an event that is on its way
    if (typeof known === 'object') return this.#addTwin(known, item)
    if (isThere === 'yes') return isSame ? ends.duplicates(item.table, [item]) : ends.collides(item)
    // it would be the second row of its id, if the first is there: the table cannot be asked after that one by this one's bytes
    if (isThere === 'unknown' && !isSame) return ends.giveBack(item.table, [item])
    window.begin(item.entry, item)
    // its row may be there after all, or somebody else may have written it into the table of now
    if (isThere === 'unknown' || mayHaveARow(item)) doubt(item)
    else write(item)
  }

  /** It shares the end of the one on its way; where it differs from that one, that end decides about its own. */
  #addTwin(onItsWay: Item, item: Item): void {
    const { twins, ends } = this.#options
    if (!twins.add(onItsWay, item)) ends.giveBack(item.table, [item])
  }
}

function isSameMessage(one: Item, other: Item): boolean {
  return one.message.messageId === other.message.messageId
}
