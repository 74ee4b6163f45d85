import fc from 'fast-check'
import type { Message } from '@tablestream/contract'
import type { JsonObject } from '@tablestream/table-schema'
import t from 'tap'
import { cases } from '../long-tests.ts'
import { CONTRACTS, knowContracts, SEED } from './any-contracts.ts'

knowContracts(CONTRACTS)
const { askingMessage, destination, judge, judgeRequest, requestsOf } = await import('@tablestream/contract')
const { plan, toJsonText } = await import('@tablestream/table-schema')

const messageOf = (event: JsonObject): Message => ({
  data: Buffer.from(toJsonText(event)),
  attributes: {},
  messageId: 'm',
  publishTime: '2026-01-01T00:00:00Z',
})

/** The event as table-manager reads it from the one request that it makes. */
function requested(message: Message, event: JsonObject): Message {
  const requests = requestsOf(message, event, undefined, {})
  if (requests.length !== 1) throw new Error(`${requests.length} requests`)
  return askingMessage({ ...requests[0]!, messageId: 'of the request', publishTime: '2026-01-02T00:00:00Z' })
}

t.test(
  'with any contract a request for an event that it allows is taken, with the same key, day and columns',
  (t) => {
    t.comment(`SEED=${SEED}`)
    let taken = 0
    let shortened = 0
    const one = fc
      .constantFrom(...CONTRACTS)
      .chain(({ type, schema, event }) => fc.tuple(fc.constant({ type, schema }), event))
    fc.assert(
      fc.property(one, ([{ type, schema }, event]) => {
        const message = messageOf(event)
        const whole = judge(message)
        if (whole.outcome === 'rejected') return
        taken++
        const asking = requested(message, whole.event)
        // a contract that is asked again refuses some
        if (judge(asking).outcome === 'rejected') shortened++
        const told = judgeRequest(asking)
        const both = JSON.stringify([schema, event])
        if (told.outcome === 'rejected') throw new Error(`${told.reason} ${told.path}: ${both}`)
        const { contract } = destination(type)
        const columnsOf = (each: JsonObject) => JSON.stringify(plan(undefined, each, { contract }).columns)
        const isSame = told.eventId === whole.eventId && told.eventDate === whole.eventDate
        if (!isSame || columnsOf(told.event) !== columnsOf(whole.event)) throw new Error(both)
      }),
      { seed: SEED, numRuns: cases(10_000) },
    )
    t.ok(taken > cases(1000), `${taken} events`)
    t.ok(shortened > 10, `${shortened} whose request the contract itself would refuse`)
    t.end()
  },
)
