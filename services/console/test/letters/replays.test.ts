import t from 'tap'
import { build, fakeWarehouse, tokenOf } from '../build.ts'

const LETTER = { dead_letter_id: '1', dead_lettered_at: '2026-01-01T00:00:00Z', reason: 'invalid_event' }

t.test('a replay waits for its window, and is undone in it', async (t) => {
  const { app, replayed } = await build(t)
  const headers = { 'x-console-token': await tokenOf(app) }
  const started = await app.inject({
    method: 'POST',
    url: '/api/dead-letters/replay',
    headers,
    payload: { filters: { reason: ['invalid_event'] }, undo_seconds: 60 },
  })
  t.equal(started.statusCode, 202)
  const { replay_id: id } = started.json<{ replay_id: string }>()
  t.match(started.json(), { state: 'waiting', letters: 2, replayed: 0 })
  const undone = await app.inject({ method: 'DELETE', url: `/api/dead-letters/replay/${id}`, headers })
  t.match(undone.json(), { state: 'cancelled' })
  const again = await app.inject({ method: 'DELETE', url: `/api/dead-letters/replay/${id}`, headers })
  t.match([again.statusCode, again.json()], [409, { code: 'TOO_LATE' }])
  t.same(replayed, [])
})

t.test(
  'what became a dead letter after it was asked for is not replayed, and each is marked by the ledger',
  async (t) => {
    const { app, replayed } = await build(t, { now: () => Date.UTC(2026, 0, 1) })
    const headers = { 'x-console-token': await tokenOf(app) }
    const payload = { filters: { type: ['order'], path: ['/status'] }, undo_seconds: 0, limit: 1 }
    const { replay_id: id } = (
      await app.inject({ method: 'POST', url: '/api/dead-letters/replay', headers, payload })
    ).json<{ replay_id: string }>()
    const state = async () =>
      (await app.inject(`/api/dead-letters/replay/${id}`)).json<{ state: string }>().state
    while ((await state()) !== 'done') await new Promise((resolve) => setImmediate(resolve))
    t.same(replayed, [
      {
        filters: {
          reasons: [],
          types: ['order'],
          paths: ['/status'],
          ids: [],
          again: false,
          until: '2026-01-01T00:00:00.000Z',
        },
        most: 1,
      },
    ])
  },
)

t.test('a mended letter takes the place of its bytes; one that nobody knows is told', async (t) => {
  const { warehouse } = fakeWarehouse({
    dead_letter_reasons: { fields: [], rows: [LETTER], totalRows: 1, bytesRead: 0 },
  })
  const { app, replayed } = await build(t, { warehouse })
  const headers = { 'x-console-token': await tokenOf(app) }
  const payload = { id: '1', text: '{"event_type":"a"}', undo_seconds: 0 }
  t.equal(
    (await app.inject({ method: 'POST', url: '/api/dead-letters/replay', headers, payload })).statusCode,
    202,
  )
  while (replayed.length === 0) await new Promise((resolve) => setImmediate(resolve))
  t.same(replayed, [{ id: '1', data: payload.text }])
  const unknown = await build(t)
  const others = { 'x-console-token': await tokenOf(unknown.app) }
  const answer = await unknown.app.inject({
    method: 'POST',
    url: '/api/dead-letters/replay',
    headers: others,
    payload,
  })
  t.match([answer.statusCode, answer.json()], [404, { code: 'NO_SUCH_DEAD_LETTER' }])
})

t.test('a dead letter that a replay means which waits is in no other one, whoever asks when', async (t) => {
  const { warehouse } = fakeWarehouse({
    dead_letter_reasons: { fields: [], rows: [LETTER], totalRows: 1, bytesRead: 0 },
  })
  const { app, replayed } = await build(t, { warehouse })
  const headers = { 'x-console-token': await tokenOf(app) }
  const ask = async (payload: object) =>
    app.inject({
      method: 'POST',
      url: '/api/dead-letters/replay',
      headers,
      payload: { ...payload, undo_seconds: 60 },
    })
  const two = await Promise.all([ask({ id: '1', text: '{}' }), ask({ id: '1', text: '{}' })])
  t.same(
    two.map(({ statusCode }) => statusCode).toSorted((a, b) => a - b),
    [202, 409],
    'two clicks are one replay',
  )
  t.match((await ask({ filters: {} })).json(), { code: 'REPLAY_UNDER_WAY' })
  t.equal((await ask({ ids: ['2'] })).statusCode, 202, 'another one')
  const { replays } = (await app.inject('/api/dead-letters/replays')).json<{
    replays: { replay_id: string }[]
  }>()
  for (const { replay_id: id } of replays)
    await app.inject({ method: 'DELETE', url: `/api/dead-letters/replay/${id}`, headers })
  t.equal((await ask({ ids: ['1'] })).statusCode, 202, 'what was undone stands in nobody’s way')
  t.same(replayed, [])
})

t.test('a replay names what it means, and only one way', async (t) => {
  const { app } = await build(t)
  const headers = { 'x-console-token': await tokenOf(app) }
  for (const payload of [{}, { filters: {}, ids: ['1'] }, { id: '1' }, { text: '{}' }]) {
    const answer = await app.inject({ method: 'POST', url: '/api/dead-letters/replay', headers, payload })
    t.match(
      [answer.statusCode, answer.json()],
      [400, { code: 'WHICH_DEAD_LETTERS' }],
      JSON.stringify(payload),
    )
  }
})
