import { Shop } from '@tablestream/event-generator'
import { Random } from './random.ts'
import { REFUSED } from './faults.ts'

/** Events that must land: their table, and what their rows must hold. Bad ones must be dead letters, byte for byte. */
export interface ChaosEvents {
  readonly texts: readonly string[]
  readonly good: ReadonlyMap<string, GoodEvent>
  /** Texts of the bad ones with the reason that they must get. */
  readonly bad: ReadonlyMap<string, string>
}

export interface GoodEvent {
  readonly table: string
  readonly event: Readonly<Record<string, unknown>>
}

/** The table that holds each event once by itself. */
export const UPSERTED = 'payment'
const TABLES = { order: 'orders', inventory: 'inventory', user_activity: 'user_activity' } as const
const GROWING = ['telemetry', 'click', UPSERTED]
const NEW_FIELDS = 12

/**
 * The events of a seed: those of the shop; types that nobody declared, whose fields become more and now and then change
 * their type; and bad ones.
 */
export function chaosEvents(seed: number, count: number): ChaosEvents {
  const random = new Random(seed)
  const today = new Date(new Date().toISOString().slice(0, 10))
  const shop = new Shop({ seed, now: () => today })
  const good = new Map<string, GoodEvent>()
  const bad = new Map<string, string>()
  const texts: string[] = []
  for (let n = 0; n < count; n++) {
    const id = `c-${seed}-${n}`
    const dice = random.below(100)
    if (dice < 3) {
      const [text, reason] = badEvent(id, dice)
      bad.set(text, reason)
      texts.push(text)
      continue
    }
    const type = dice < 45 ? random.of(Object.keys(TABLES) as (keyof typeof TABLES)[]) : undefined
    const event = type
      ? { ...shop.next(type), event_id: id }
      : growing(random, id, Math.floor((n * NEW_FIELDS) / count), n < count / 2)
    good.set(id, { table: type ? TABLES[type] : String(event['event_type']), event })
    texts.push(JSON.stringify(event))
  }
  return { texts, good, bad }
}

function badEvent(id: string, kind: number): [text: string, reason: string] {
  if (kind === 0) return [`{"event_type":"order","event_id":"${id}"`, 'not_json']
  if (kind === 1)
    return [`{"event_type":"order","event_id":"${id}","order_id":"1","items":[]}`, 'invalid_event']
  return [`["${id}"]`, 'not_an_object']
}

/** @param mayBeRefused whether it may have a column that BigQuery takes from nobody: such an event waits long for its end */
function growing(random: Random, id: string, fields: number, mayBeRefused: boolean): Record<string, unknown> {
  const event: Record<string, unknown> = {
    event_type: random.of(GROWING),
    event_id: id,
    n: random.below(1e6),
  }
  for (let field = 0; field <= fields; field++) {
    if (random.below(3) === 0) event[`field_${field}`] = valueOf(random, field)
  }
  if (mayBeRefused && random.below(300) === 0) event[`${REFUSED}_${random.below(3)}`] = random.below(10)
  return event
}

function valueOf(random: Random, field: number): unknown {
  switch (field % 4) {
    case 0:
      // a text now and then, where numbers were before: it goes to _unmapped, or the numbers do
      return random.below(500) === 0 ? 'free' : random.below(1000)
    case 1:
      return {
        at: new Date(1.7e12 + random.below(1e9)).toISOString(),
        [`deep_${field}`]: { x: random.below(10) / 4 },
      }
    case 2:
      return Array.from({ length: random.below(4) }, () => `tag ${random.below(100)}`)
    default:
      return `text ${random.below(1e9)}`
  }
}
