import { setTimeout as sleep } from 'node:timers/promises'
import { createLogger } from '@tablestream/service-kit'
import t, { type Test } from 'tap'
import { AckIds } from '../../src/pull/ack-ids.ts'
import { Settlements } from '../../src/pull/settlements.ts'
import { letTimeFly } from '../flying-time.ts'
import { idsOf } from './fake-pull-call.ts'

/** Ack ids of so many bytes each: `0…`, `1…`. */
function ackIds(count: number, bytes = 6): AckIds {
  const response = Buffer.from(Array.from({ length: count }, (_, n) => String(n).padEnd(bytes, '.')).join(''))
  const places = Array.from({ length: count }, (_, n) => [n * bytes, (n + 1) * bytes])
  return AckIds.copy(response, places.flat())
}

/** Settlements of a Pub/Sub that tells when it heard of what. */
function open(t: Test, answer: () => Promise<void> = () => Promise.resolve()) {
  letTimeFly(t)
  const calls: { readonly at: number; readonly ids: readonly number[] }[] = []
  const settlements = new Settlements({
    method: 'acknowledge',
    async send(ids) {
      calls.push({ at: Date.now(), ids: idsOf('acknowledge', ids).map((id) => Number.parseInt(id, 10)) })
      await answer()
    },
    logger: createLogger({ service: 'test', level: 'silent' }),
  })
  return { settlements, calls, told: () => calls.flatMap(({ ids }) => ids) }
}

t.test('what ends in a steady flow is told twenty times a second, and each soon', async (t) => {
  const { settlements, calls, told } = open(t)
  const ids = ackIds(200)
  const ended: number[] = []
  for (let place = 0; place < ids.count; place++) {
    ended.push(Date.now())
    settlements.add(ids, place)
    await sleep(10)
  }
  await settlements.settled()
  const all = Array.from({ length: 200 }, (_, n) => n)
  t.same(told(), all)
  const seconds = (calls.at(-1)!.at - calls[0]!.at) / 1000
  t.ok(calls.length <= seconds * 20 + 2, `${calls.length} calls in ${seconds} s`)
  for (const { at, ids: ofCall } of calls)
    for (const id of ofCall) t.ok(at - ended[id]! <= 60, `${id} after ${at - ended[id]!} ms`)
})

t.test('the first one after a quiet time is told at once', async (t) => {
  const { settlements, calls } = open(t)
  const ids = ackIds(3)
  for (let place = 0; place < ids.count; place++) {
    const ended = Date.now()
    settlements.add(ids, place)
    await sleep(1000)
    t.ok(calls[place]!.at - ended <= 15, `${calls[place]!.at - ended} ms`)
  }
})

t.test('a full request waits for nobody', async (t) => {
  const { settlements, calls } = open(t)
  const ids = ackIds(20_000, 100)
  const begun = Date.now()
  for (let place = 0; place < ids.count; place++) settlements.add(ids, place)
  t.ok(calls.length >= 2, 'two are under way')
  await settlements.settled()
  t.equal(calls.flatMap(({ ids: ofCall }) => ofCall).length, ids.count)
  t.ok(calls.every(({ at }) => at - begun <= 30))
})

t.test('what waits behind slow answers goes as soon as there is one', async (t) => {
  const { settlements, calls, told } = open(t, () => sleep(1000))
  const ids = ackIds(4)
  for (let place = 0; place < ids.count; place++) {
    settlements.add(ids, place)
    await sleep(100)
  }
  t.same(told(), [0, 1], 'two requests are under way')
  t.equal(settlements.unconfirmed, 4)
  await settlements.settled()
  t.same(told(), [0, 1, 2, 3])
  t.ok(calls[2]!.at - calls[0]!.at <= 1020)
  t.equal(settlements.unconfirmed, 0)
})
