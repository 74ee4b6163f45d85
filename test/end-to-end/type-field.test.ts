import { createHash } from 'node:crypto'
import { join } from 'node:path'
import t from 'tap'
import { startConsole } from './console-process.ts'
import { makeLoadBucket, runCommand, runLoad } from './loader.ts'
import { DATASET, settled, startPipeline, viewOf } from './pipeline.ts'
import { stopsAtOnce } from './stops-at-once.ts'

const KEY = 'a key'
const API_KEYS = JSON.stringify({ test: { sha256: createHash('sha256').update(KEY).digest('hex') } })
const TYPE_FIELD = 'kind'
/** As the page for adopters shows them. */
const LOAD = 'TYPE_FIELD=kind npm run load -- visits.ndjson'
const QUERY = "npm run query -- 'SELECT kind, visitor FROM dev_events_dataset.visit'"
const RECONCILE = 'TYPE_FIELD=kind npm run reconcile'
const REFUND = {
  type: 'object',
  required: ['refund_id', 'amount'],
  properties: { refund_id: { type: 'string' }, amount: { type: 'number', minimum: 0 } },
}
const lines = (events: readonly object[]) => events.map((event) => JSON.stringify(event))

t.test('events that name their type in a field of their own go all the way', async (t) => {
  const folder = t.testdir({
    contracts: { 'refund.json': JSON.stringify(REFUND) },
    'visits.ndjson': lines([
      { kind: 'visit', visitor: 'file', event_id: 'v-1' },
      { kind: 'visit', visitor: 'file', event_id: 'f-1' },
      { kind: 'refund', refund_id: 'f', amount: -1, event_id: 'f-2' },
      { event_type: 'visit', visitor: 'nobody', event_id: 'f-3' },
    ]).join('\n'),
    'by-door.csv': 'visitor,event_id\ndoor,d-1\n',
    'types.csv': 'kind,visitor,event_id\nvisit,csv,c-1\n7,csv,c-2\n',
  })
  const CONTRACTS = join(folder, 'contracts')
  const settings = { CONTRACTS, TYPE_FIELD }
  const pipeline = await startPipeline({
    services: ['table-manager', 'stream-writer', 'event-gateway', 'event-generator'],
    env: { API_KEYS, ...settings },
  })
  t.teardown(() => pipeline.close())
  const { clients, gatewayUrl, generatorUrl, cloud } = pipeline
  /** @param command with the names of files in the test's folder */
  const run = (command: string, more: readonly string[] = []) => {
    const [, name, rest = ''] = /npm run ([\w-]+)(?: -- (.*))?$/.exec(command)!
    const sql = /^'(.*)'$/.exec(rest)?.[1]
    const args = sql !== undefined ? [sql] : rest === '' ? [] : [join(folder, rest)]
    return runCommand(name!, pipeline, [...args, ...more], { env: settings })
  }

  await t.test(
    'what is published lands, is a duplicate, or a dead letter that names this field',
    async (t) => {
      const visit = (id: string) => ({ kind: 'visit', visitor: 'stream', event_id: id, event_type: 'page' })
      await clients.publish(
        lines([visit('s-1'), visit('s-2'), { kind: 'refund', refund_id: 'r', amount: 3 }]),
      )
      await settled(pipeline)
      await clients.publish(
        lines([
          visit('s-1'),
          { visitor: 'stream', kind: 'visit', meta: { kind: 'other' }, event_id: 's-3' },
          { event_type: 'visit', visitor: 'nobody' },
          { kind: ['visit'], visitor: 'nobody' },
          { kind: 'refund', refund_id: 'r', amount: -3 },
          { kind: '2026-01-01', event_id: 'day' },
        ]),
      )
      await settled(pipeline)
      const letters = (await clients.deadLetters(3)).map(({ attributes }) => attributes)
      const of = (reason: string, value: string) =>
        letters.find(
          (one) => one['dead-letter-reason'] === reason && (one['dead-letter-value'] ?? '') === value,
        )
      t.equal(letters.length, 3)
      for (const value of ['', '["visit"]'])
        t.match(of('no_event_type', value), {
          'dead-letter-path': '/kind',
          'dead-letter-message': 'an event names its type in `kind`, a non-empty string',
        })
      t.match(of('invalid_event', '-3'), {
        'dead-letter-path': '/amount',
        'dead-letter-event-type': 'refund',
      })
      t.same(
        await clients.query(`SELECT kind, event_type, event_id FROM ${DATASET}.visit ORDER BY event_id`),
        [
          { kind: 'visit', event_type: 'page', event_id: 's-1' },
          { kind: 'visit', event_type: 'page', event_id: 's-2' },
          { kind: 'visit', event_type: null, event_id: 's-3' },
        ],
      )
    },
  )

  await t.test('each door of event-gateway writes the type into it, and its refusals name it', async (t) => {
    const post = async (path: string, body: unknown, headers = {}) => {
      const init = { 'x-api-key': KEY, 'content-type': 'application/json', ...headers }
      const answer = await fetch(gatewayUrl + path, {
        method: 'POST',
        headers: init,
        body: JSON.stringify(body),
      })
      return (await answer.json()) as object
    }
    t.match(await post('/events', { kind: 'visit', visitor: 'gateway', event_id: 'g-1' }), { taken: 1 })
    t.match(await post('/events/visit', { visitor: 'gateway', event_id: 'g-2' }), { taken: 1 })
    const ce = { 'ce-specversion': '1.0', 'ce-id': 'g-3', 'ce-source': '/shop', 'ce-type': 'visit' }
    t.match(await post('/events', { visitor: 'gateway' }, ce), { taken: 1 })
    t.match(await post('/events', { event_type: 'visit' }), {
      rejected: [{ problems: [{ path: '/kind', rule: 'no_event_type' }] }],
    })
    t.match(await post('/events', { event_type: 'visit', text: 'x'.repeat(600_000) }), {
      rejected: [{ problems: [{ path: '/kind', rule: 'no_event_type' }] }],
    })
    t.match(await post('/events/visit', { kind: 'refund' }), {
      rejected: [{ problems: [{ path: '/kind', rule: 'const' }] }],
    })
    await settled(pipeline)
    t.equal(
      await clients.count(
        `SELECT COUNT(*) FROM ${DATASET}.visit WHERE kind = 'visit' AND visitor = 'gateway'`,
      ),
      3,
    )
  })

  await t.test('event-generator’s events have it, and its types keep their contracts', async (t) => {
    t.match(await (await fetch(`${generatorUrl}/sample/order`)).json(), {
      kind: 'order',
      event_type: undefined,
    })
    await fetch(`${generatorUrl}/generate/order?count=5`, { method: 'POST' })
    await settled(pipeline)
    t.equal(await clients.count(`SELECT COUNT(*) FROM ${DATASET}.orders WHERE kind = 'order'`), 5)
    const view = await viewOf(pipeline, 'orders')
    t.equal(await clients.count(`SELECT COUNT(*) FROM ${view}`), 5)
  })

  await t.test('a file is loaded by it: what the stream brought is a duplicate', async (t) => {
    await makeLoadBucket(pipeline)
    await clients.publish(lines([{ kind: 'visit', visitor: 'file', event_id: 'v-1' }]))
    await settled(pipeline)
    const loaded = await run(LOAD)
    t.equal(loaded.code, 0, loaded.output)
    const letters = (await clients.deadLetters(2)).map(({ attributes }) => attributes['dead-letter-path'])
    t.same(new Set(letters), new Set(['/amount', '/kind']))
    for (const args of [[join(folder, 'by-door.csv'), '--type', 'visit'], [join(folder, 'types.csv')]]) {
      const { code, output } = await runLoad(pipeline, args, { env: settings })
      t.equal(code, 0, output)
    }
    t.same(
      await clients.query(
        `SELECT kind, visitor, COUNT(*) AS n FROM ${DATASET}.visit WHERE visitor IN ('file', 'door', 'csv') GROUP BY 1, 2 ORDER BY 2`,
      ),
      [
        { kind: 'visit', visitor: 'csv', n: 1 },
        { kind: 'visit', visitor: 'door', n: 1 },
        { kind: 'visit', visitor: 'file', n: 2 },
      ],
    )
  })

  await t.test('reconcile, rewind and the console read it', async (t) => {
    t.match((await run(QUERY, ['--csv'])).output, /^visit,file$/m)
    const { code, output } = await run(RECONCILE)
    t.equal(code, 0, output)
    t.match(output, /^visit +8 +7 +1 +0 +0 +0/m)
    t.match(output, /^refund +2 +1 +0 +0 +1 +0/m)
    t.match(output, /^order → orders +5 +5 +0 +0 +0 +0/m)
    const rewound = await runCommand('rewind', pipeline, ['visit', '--since', '1h'], { env: settings })
    t.equal(rewound.code, 0, rewound.output)
    // a table whose name is not its type's: the record tells which type it is of
    const ofHash = 't_2026_01_01_aa939a761f410928b499b4f7a5fa0560'
    const hashed = await runCommand('rewind', pipeline, [ofHash, '--since', '1h'], {
      env: settings,
    })
    t.match(hashed, { code: 0, output: new RegExp(`^2026-01-01 → ${ofHash}_rewound +1 +1 +0 +0$`, 'm') })
    const { url, service } = await startConsole(cloud, { env: settings })
    t.teardown(() => service.stop())
    const ask = async (path: string, body?: object) => {
      const init = body && {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      }
      return (await (await fetch(`${url}/api/${path}`, init)).json()) as {
        types: { event_type: string; example: object }[]
      }
    }
    const told = await ask('types')
    t.match(told, { type_field: 'kind' })
    t.match(told.types.find(({ event_type: type }) => type === 'order')?.example, { kind: 'order' })
    t.match(await ask('events/s-1'), {
      events: [{ event_type: 'visit', messages: [{ end: 'landed' }, { end: 'duplicate' }] }],
    })
    const rows = await clients.query(
      `SELECT event_type, path FROM ${DATASET}.dead_letter_reasons WHERE reason = 'invalid_event' ORDER BY 1`,
    )
    t.same(rows, [
      { event_type: 'refund', path: '/amount' },
      { event_type: 'refund', path: '/amount' },
    ])
  })
})

t.test('a field that can never name the type stops each service, and npm start before it starts one', (t) => {
  stopsAtOnce(
    t,
    ['services/stream-writer/src/server.ts', 'services/event-generator/src/server.ts', 'scripts/start.ts'],
    { TYPE_FIELD: 'meta.kind' },
    /TYPE_FIELD: "meta\.kind" can be no field at the top of an event and a column of the same name: .* no digit first\n$/,
  )
  t.end()
})
