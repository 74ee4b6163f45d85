import {
  destination,
  judge,
  judgeParsed,
  takeRecord,
  type EventPolicies,
  type Message,
  type Verdict,
} from '@tablestream/contract'
import { isObject, parseJson, type Column } from '@tablestream/table-schema'
import type { Judged } from '../api/judge.ts'
import { judgedOf, planOf, problemsOf } from './tell-verdict.ts'
import { placesOf } from './places.ts'

export interface JudgeOptions {
  readonly policies: EventPolicies
  /** The columns of a table as it is; undefined: there is none. */
  readonly columnsOf: (table: string) => Promise<readonly Column[] | undefined>
}

/**
 * What event-gateway would say of an event, by the code that it asks (`judge` of contract), and what its table would need. A record that
 * comes by the door of a type need not name it.
 *
 * @param door the type of a door
 */
export async function judgeText(
  message: Message,
  door: string | undefined,
  { policies, columnsOf }: JudgeOptions,
): Promise<Judged> {
  const verdict = door === undefined ? judge(message) : judgeByDoor(message, door)
  const told = judgedOf(verdict)
  const data = Buffer.from(message.data)
  if (verdict.outcome === 'rejected')
    return { ...told, event_type: verdict.eventType, places: placesOf(data, problemsOf(verdict)) }
  const { table } = destination(verdict.eventType)
  return {
    ...told,
    event_type: verdict.eventType,
    event_id: verdict.eventId,
    table,
    partition: verdict.eventDate,
    places: [],
    plan: planOf(await columnsOf(table), verdict, policies),
  }
}

function judgeByDoor(message: Message, door: string): Verdict {
  const asItIs = judge(message)
  // what is no JSON object is so by every door
  const text = Buffer.from(message.data).toString('utf8')
  if (asItIs.outcome === 'rejected' && !['no_event_type', 'invalid_event'].includes(asItIs.reason))
    return asItIs
  const value = parseJson(text)
  if (!isObject(value)) return asItIs
  const taken = takeRecord(door, value)
  if (taken.outcome === 'event') return judgeParsed(taken.event, text, message)
  const { path, message: why } = taken.problem
  return {
    outcome: 'rejected',
    eventType: door,
    problems: [taken.problem],
    reason: 'invalid_event',
    path,
    value: '',
    message: why,
  }
}
