import { createHash } from 'node:crypto'
import { join } from 'node:path'
import t from 'tap'
import { startConsole } from './console-process.ts'
import { makeLoadBucket, runCommand, runLoad } from './loader.ts'
import { DATASET, settled, startPipeline } from './pipeline.ts'
import { stopsAtOnce } from './stops-at-once.ts'

const KEY = 'a key'
const API_KEYS = JSON.stringify({ test: { sha256: createHash('sha256').update(KEY).digest('hex') } })
const DAY = '2026-11-20'

const REFUND = {
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  type: 'object',
  required: ['refund_id', 'order_id', 'amount', 'refunded_at'],
  properties: {
    refund_id: { type: 'string', minLength: 1 },
    order_id: { type: 'string', pattern: '^o-' },
    amount: { type: 'number', minimum: 0 },
    reason: { enum: ['damaged', 'late'] },
    note: { type: ['string', 'null'] },
    to: { $ref: '#/$defs/address' },
    refunded_at: { type: 'string', format: 'date-time' },
  },
  $defs: {
    address: {
      type: 'object',
      required: ['city'],
      properties: { city: { type: 'string' }, zip: { type: 'string' } },
    },
  },
  'x-tablestream': { table: 'refunds', time_field: 'refunded_at', cluster_by: ['order_id'] },
}
/** All of it is known to stream-writer's way from bytes to rows. */
const VISIT = {
  type: 'object',
  required: ['visitor', 'pages'],
  properties: {
    visitor: { type: 'string', minLength: 3 },
    pages: { type: 'array', minItems: 1, items: { type: 'integer', maximum: 99 } },
  },
}

t.test(
  'a folder of JSON Schema files makes its types known to all who judge events and place them',
  async (t) => {
    const folder = t.testdir({
      contracts: { 'refund.json': JSON.stringify(REFUND), 'site.visit.schema.json': JSON.stringify(VISIT) },
      'refunds.ndjson': `${JSON.stringify(refund('from a file'))}\n${JSON.stringify({ ...refund('bad'), amount: -3 })}\n`,
    })
    const CONTRACTS = join(folder, 'contracts')
    const pipeline = await startPipeline({
      services: ['table-manager', 'stream-writer', 'event-gateway'],
      env: { API_KEYS, CONTRACTS },
    })
    t.teardown(() => pipeline.close())
    const { clients, gatewayUrl, cloud } = pipeline
    const post = async (path: string, body: unknown) => {
      const headers = { 'x-api-key': KEY, 'content-type': 'application/json' }
      const answer = await fetch(`${gatewayUrl}${path}`, {
        method: 'POST',
        headers,
        body: JSON.stringify(body),
      })
      return (await answer.json()) as object
    }

    await t.test('event-gateway refuses by their rules, in each of its threads', async (t) => {
      const wrong = [
        { path: '/amount', rule: 'minimum', value: '-1' },
        { path: '/reason', rule: 'enum', value: '"no idea"' },
        { path: '/to/city', rule: 'required' },
      ]
      const bad = { ...refund('g-0'), amount: -1, reason: 'no idea', to: { zip: '1' } }
      t.match(await post('/events/refund', bad), { code: 'BAD_EVENTS', rejected: [{ problems: wrong }] })
      t.match(
        await post('/events', [
          { event_type: 'refund', ...bad },
          { event_type: 'refund', ...bad },
        ]),
        {
          rejected: [{ problems: wrong }, { problems: wrong }],
        },
      )
      const large = { event_type: 'refund', ...bad, text: 'x'.repeat(600_000) }
      t.match(await post('/events', large), { rejected: [{ problems: wrong }] })
      t.match(await post('/events/refund', refund('g-1')), { taken: 1 })
      t.match(
        await post('/events/site.visit', [
          { visitor: 'abc', pages: [1] },
          { visitor: 'abcd', pages: [2, 3] },
        ]),
        { taken: 2 },
      )
      const api = (await (await fetch(`${gatewayUrl}/docs/json`)).json()) as {
        paths: Record<string, unknown>
      }
      t.match(JSON.stringify(api.paths), /with a contract: auction_sale, .*, refund, site\.visit/)
    })

    await t.test(
      'what is published otherwise lands, or is a dead letter with path, rule and value',
      async (t) => {
        const visits = Array.from({ length: 20 }, (_, n) =>
          JSON.stringify({ event_type: 'site.visit', visitor: `v-${n}`, pages: [n] }),
        )
        await clients.publish([
          ...visits,
          JSON.stringify({ event_type: 'refund', ...refund('p-1'), note: null }),
          JSON.stringify({ event_type: 'refund', ...refund('p-2'), order_id: '17' }),
          JSON.stringify({ event_type: 'site.visit', visitor: 'ab', pages: [1] }),
          JSON.stringify({ event_type: 'site.visit', visitor: 'abc', pages: [1, 100] }),
        ])
        await settled(pipeline)
        const letters = (await clients.deadLetters(3)).map(({ attributes }) => attributes)
        const of = (path: string) => letters.find((letter) => letter['dead-letter-path'] === path)
        t.equal(letters.length, 3)
        t.match(of('/order_id'), {
          'dead-letter-reason': 'invalid_event',
          'dead-letter-event-type': 'refund',
          'dead-letter-value': '"17"',
          'dead-letter-message': /pattern "\^o-"/,
        })
        t.match(of('/visitor'), {
          'dead-letter-reason': 'invalid_event',
          'dead-letter-event-type': 'site.visit',
          'dead-letter-value': '"ab"',
          'dead-letter-message': /3 char/,
        })
        t.match(of('/pages/1'), {
          'dead-letter-reason': 'invalid_event',
          'dead-letter-value': '100',
          'dead-letter-message': /<= 99/,
        })
      },
    )

    await t.test('their tables have the columns, partitions and clusters that the files name', async (t) => {
      t.same(
        await clients.query(
          `SELECT refund_id, amount, reason, \`to\`.city, CAST(event_date AS STRING) AS day FROM ${DATASET}.refunds ORDER BY 1`,
        ),
        [
          { refund_id: 'g-1', amount: 12.5, reason: 'late', city: 'Rome', day: DAY },
          { refund_id: 'p-1', amount: 12.5, reason: 'late', city: 'Rome', day: DAY },
        ],
      )
      t.equal(
        await clients.count(`SELECT COUNT(*) FROM ${DATASET}.site__visit WHERE ARRAY_LENGTH(pages) > 0`),
        22,
      )
      const columns = await clients.query(
        `SELECT column_name AS name, data_type AS type, is_nullable AS nullable, clustering_ordinal_position AS place ` +
          `FROM ${DATASET}.INFORMATION_SCHEMA.COLUMNS WHERE table_name = 'refunds' ORDER BY ordinal_position`,
      )
      const column = (name: string) => columns.find((each) => each['name'] === name)
      t.match(column('order_id'), { type: 'STRING', nullable: 'NO', place: 1 })
      t.match(column('refunded_at'), { type: 'TIMESTAMP', nullable: 'NO' })
      t.match(column('note'), { type: 'STRING', nullable: 'YES' })
      t.match(column('to'), { type: 'STRUCT<city STRING, zip STRING>' })
    })

    await t.test('loads, the console and reconcile know them', async (t) => {
      await makeLoadBucket(pipeline)
      await runLoad(pipeline, [join(folder, 'refunds.ndjson'), '--type', 'refund'], {
        env: { CONTRACTS },
      })
      t.same(await clients.count(`SELECT COUNT(*) FROM ${DATASET}.refunds`), 3)
      t.match(await clients.deadLetters(1), [
        { attributes: { 'dead-letter-path': '/amount', 'dead-letter-value': '-3' } },
      ])
      const { url, service } = await startConsole(cloud, { env: { CONTRACTS } })
      t.teardown(() => service.stop())
      const { types } = (await (await fetch(`${url}/api/types`)).json()) as {
        types: { event_type: string }[]
      }
      t.match(
        types.find(({ event_type: type }) => type === 'refund'),
        { table: 'refunds', example: {} },
      )
      const { code, output } = await runCommand('reconcile', pipeline, ['1h', '--wait', '10'], {
        env: { CONTRACTS },
      })
      t.equal(code, 0, output)
      t.match(output, /^refund → refunds +3 +2 +0 +0 +1 +0/m)
      t.match(output, /^site\.visit → site__visit +24 +22 +0 +0 +2 +0/m)
    })
  },
)

t.test(
  'contracts that can never be are told in one line, by each service and before npm start starts one',
  (t) => {
    const folder = t.testdir({ 'refund.json': '{"type":"object","properties":{"amount":{"oneOf":[]}}}' })
    stopsAtOnce(
      t,
      ['services/event-gateway/src/server.ts', 'services/table-manager/src/server.ts', 'scripts/start.ts'],
      { CONTRACTS: folder },
      /CONTRACTS: refund\.json#\/properties\/amount\/oneOf is not supported: .*\n$/,
    )
    t.end()
  },
)

function refund(id: string) {
  return {
    refund_id: id,
    order_id: 'o-1',
    amount: 12.5,
    reason: 'late',
    to: { city: 'Rome' },
    refunded_at: `${DAY}T23:30:00Z`,
  }
}
