import type { Test } from 'tap'
import { poll } from '../../scripts/poll.ts'
import { DATASET, settled, type Pipeline } from './pipeline.ts'

const order = (change: object = {}) => ({
  event_type: 'order',
  order_id: 'o-1',
  customer_id: 'c-1',
  order_date: '2026-01-02T03:04:05.678Z',
  status: 'pending',
  items: [{ product_id: 'p-1', product_name: 'Chair', quantity: 2, price: 10.5 }],
  total_amount: 21,
  ...change,
})

const text = (event: object): string => JSON.stringify(event)
const nested = (depth: number): object =>
  depth === 0 ? { end: 1 } : { [`level_${depth}`]: nested(depth - 1) }

/**
 * What the pipeline promises, whichever Pub/Sub is under it.
 *
 * @param largest characters of the largest event's text: where Eventarc delivers events themselves, it takes none of 512 KB
 */
export async function tellEventStories(t: Test, pipeline: Pipeline, largest = 9_000_000 - 40): Promise<void> {
  const { clients, generatorUrl } = pipeline

  await t.test('a generated order is a row that SQL reads back equal', async (t) => {
    const response = await fetch(`${generatorUrl}/generate/order`, { method: 'POST' })
    t.equal(response.status, 200)
    const { events } = (await response.json()) as {
      events: { event_id: string; event: Record<string, unknown> }[]
    }
    await settled(pipeline)
    const [{ event_id: id, event }] = events as [(typeof events)[0]]
    const [row] = await clients.query(
      `SELECT order_id, total_amount, items, status FROM ${DATASET}.orders WHERE event_id = '${id}'`,
    )
    t.match(row, {
      order_id: event['order_id'],
      total_amount: event['total_amount'],
      status: event['status'],
      items: event['items'],
    })
  })

  await t.test('the tables of known types are partitioned by day and clustered', async (t) => {
    const columns = await clients.query(
      `SELECT column_name, is_nullable, data_type, is_partitioning_column, clustering_ordinal_position
       FROM ${DATASET}.INFORMATION_SCHEMA.COLUMNS WHERE table_name = 'orders'`,
    )
    const named = new Map(columns.map((column) => [column['column_name'], column]))
    t.match(named.get('event_date'), { is_partitioning_column: 'YES', data_type: 'DATE' })
    t.match(named.get('customer_id'), { clustering_ordinal_position: 1, is_nullable: 'NO' })
    t.match(named.get('status'), { clustering_ordinal_position: 2, is_nullable: 'NO' })
    t.match(named.get('currency'), { is_nullable: 'YES' })
  })

  await t.test('a field that the contract does not know becomes a column', async (t) => {
    await clients.publish([text(order({ order_id: 'grown', gift: { wrapped: true, notes: ['a', 'b'] } }))])
    await settled(pipeline)
    const [row] = await clients.query(`SELECT gift FROM ${DATASET}.orders WHERE order_id = 'grown'`)
    t.same(row, { gift: { wrapped: true, notes: ['a', 'b'] } })
  })

  await t.test('a field inside a repeated record grows too', async (t) => {
    const items = [{ product_id: 'p', product_name: 'n', quantity: 1, price: 1, engraving: { text: 'hi' } }]
    await clients.publish([text(order({ order_id: 'engraved', items }))])
    await settled(pipeline)
    const [row] = await clients.query(
      `SELECT item.engraving.text AS text FROM ${DATASET}.orders, UNNEST(items) AS item WHERE order_id = 'engraved'`,
    )
    t.same(row, { text: 'hi' })
  })

  await t.test(
    'bad messages are dead letters with their reason, and the good ones around them land',
    async (t) => {
      const before = await clients.count(`SELECT COUNT(*) FROM ${DATASET}.orders`)
      const bad: [string | Buffer, object][] = [
        ['not json', { 'dead-letter-reason': 'not_json', 'dead-letter-value': 'not json' }],
        ['[1]', { 'dead-letter-reason': 'not_an_object' }],
        ['{"a":1}', { 'dead-letter-reason': 'no_event_type', 'dead-letter-path': '/event_type' }],
        [
          text(order({ status: 'lost' })),
          {
            'dead-letter-reason': 'invalid_event',
            'dead-letter-path': '/status',
            'dead-letter-value': '"lost"',
          },
        ],
        [
          text(order({ items: [] })),
          { 'dead-letter-reason': 'invalid_event', 'dead-letter-path': '/items', 'dead-letter-value': '[]' },
        ],
        [Buffer.from([0xff, 0xfe]), { 'dead-letter-reason': 'not_utf8' }],
        [
          '{"event_type":"x","s":"\\ud800"}',
          { 'dead-letter-reason': 'not_unicode', 'dead-letter-path': '/s' },
        ],
      ]
      const good = Array.from({ length: bad.length + 1 }, (_, index) =>
        text(order({ order_id: `good-${index}` })),
      )
      await clients.publish(good.flatMap((event, index) => [event, ...(bad[index] ? [bad[index][0]] : [])]))
      await settled(pipeline)
      t.equal(await clients.count(`SELECT COUNT(*) FROM ${DATASET}.orders`), before + good.length)
      const letters = await clients.deadLetters(bad.length)
      t.equal(letters.length, bad.length)
      for (const [data, wanted] of bad) {
        const letter = letters.find((each) => each.data.equals(Buffer.from(data)))
        t.match(letter?.attributes, wanted, `the dead letter of ${data.toString().slice(0, 40)}`)
      }
    },
  )

  await t.test('odd but legal events land whole', async (t) => {
    await clients.publish([
      '{"event_type":"odd_numbers","int64":9007199254740993,"exact":12345678901234567890,"beyond":1234567890123456789012345678901234567890,"mixed":[1,2.5]}',
      text({ event_type: 'odd_names', 'a.b': 1, a_b: 2, '+1': 3, '-1': 4, '': 5, A_B: 6, _TABLE_x: 7 }),
      text({ event_type: 'odd_depth', deep: nested(20) }),
      text({ event_type: 'odd_size', big: 'x'.repeat(largest) }),
      text({ event_type: 'odd_emptiness', none: null, list: [], record: {}, unknown: [{}], kept: 1 }),
    ])
    await settled(pipeline)

    const [numbers] = await clients.query(
      `SELECT CAST(int64 AS STRING) AS int64, CAST(exact AS STRING) AS exact, TO_JSON_STRING(_unmapped) AS unmapped, mixed FROM ${DATASET}.odd_numbers`,
    )
    t.match(numbers, {
      int64: '9007199254740993',
      exact: /^12345678901234567890(\.0+)?$/,
      unmapped: '{"/beyond":"1234567890123456789012345678901234567890"}',
      mixed: [1, 2.5],
    })

    const paths = await clients.query(
      `SELECT column_name, description FROM ${DATASET}.INFORMATION_SCHEMA.COLUMN_FIELD_PATHS
       WHERE table_name = 'odd_names' AND STARTS_WITH(description, 'JSON key')`,
    )
    const keys = paths.map(
      ({ description }) => JSON.parse(String(description).replace('JSON key ', '')) as string,
    )
    t.same(keys.toSorted(), ['', '+1', '-1', 'A_B', '_TABLE_x', 'a.b'])
    const [names] = await clients.query(`SELECT * EXCEPT (_fingerprint) FROM ${DATASET}.odd_names`)
    const values = Object.values(names!).filter((value) => typeof value === 'number')
    t.same(
      values.toSorted((a, b) => a - b),
      [1, 2, 3, 4, 5, 6, 7],
      'no two keys share a column',
    )

    const [depth] = await clients.query(`SELECT TO_JSON_STRING(deep) AS deep FROM ${DATASET}.odd_depth`)
    t.same(JSON.parse(depth!['deep'] as string), nested(20))
    t.equal(await clients.count(`SELECT LENGTH(big) FROM ${DATASET}.odd_size`), largest)

    const [empty] = await clients.query(
      `SELECT * EXCEPT (event_id, event_date, processed_timestamp, _source, _fingerprint) FROM ${DATASET}.odd_emptiness`,
    )
    t.same(
      empty,
      { _unmapped: '{"/unknown":[{}]}', event_type: 'odd_emptiness', kept: 1 },
      'null, [] and {} make no column',
    )
  })

  await t.test(
    'keys that break other systems keep their values, and their columns stay the same',
    async (t) => {
      const long = 'x'.repeat(2000)
      const event = (n: number): string =>
        `{"event_type":"odd_keys","event_id":"${n}","toString":${n},"__proto__":${n},"\\u0000_unmapped":${n},"_unmapped":${n},"${long}":${n}}`
      await clients.publish([event(1)])
      await settled(pipeline)
      await clients.publish([event(2)])
      await settled(pipeline)
      const rows = await clients.query(
        `SELECT * EXCEPT (_fingerprint) FROM ${DATASET}.odd_keys ORDER BY event_id`,
      )
      const values = rows.map((row) => Object.values(row).filter((value) => typeof value === 'number'))
      t.same(values, [
        [1, 1, 1, 1, 1],
        [2, 2, 2, 2, 2],
      ])
    },
  )

  await t.test('a value that its column cannot hold goes to _unmapped, by path', async (t) => {
    await clients.publish([text({ event_type: 'turncoat', field: 1, inner: { at: '2026-01-01T00:00:00Z' } })])
    await settled(pipeline)
    await clients.publish([
      text({ event_type: 'turncoat', field: 'two', inner: { at: 1234567890 }, event_id: 'x' }),
    ])
    await settled(pipeline)
    const [row] = await clients.query(
      `SELECT field, TO_JSON_STRING(_unmapped) AS unmapped FROM ${DATASET}.turncoat WHERE event_id = 'x'`,
    )
    t.same(row, { field: null, unmapped: '{"/field":"two","/inner/at":1234567890}' })
  })

  await t.test('a number that its column cannot hold widens the column', async (t) => {
    await clients.publish([text({ event_type: 'growing', amount: 10, detail: { n: 1 } })])
    await settled(pipeline)
    await clients.publish([text({ event_type: 'growing', amount: 10.25, detail: { n: 0.5, more: true } })])
    await settled(pipeline)
    const rows = await clients.query(
      `SELECT CAST(amount AS FLOAT64) AS amount, CAST(detail.n AS FLOAT64) AS n, detail.more FROM ${DATASET}.growing ORDER BY amount`,
    )
    t.same(rows, [
      { amount: 10, n: 1, more: null },
      { amount: 10.25, n: 0.5, more: true },
    ])
  })

  await t.test('every change of a table is in the history', async (t) => {
    const rows = await poll(
      async () => {
        const found = await clients.query(
          `SELECT \`change\`, added, ARRAY_LENGTH(widened) AS widened FROM ${DATASET}.schema_changes WHERE table_name = 'growing' ORDER BY changed_at`,
        )
        return found.length >= 3 ? found : undefined
      },
      { timeoutMs: 60_000, what: 'the history of the table' },
    )
    t.match(rows[0], { change: 'created' })
    // which of the two steps of a change comes first is table-manager's business
    const [added, widened] = rows.slice(1).toSorted((a, b) => Number(a['widened']) - Number(b['widened']))
    t.match(added, { change: 'altered', added: ['detail.more'] })
    t.match(widened, { change: 'altered', widened: 2 })
  })

  await t.test('an unknown type at the generator answers 400 with the types that are known', async (t) => {
    const response = await fetch(`${generatorUrl}/generate/nope`, { method: 'POST' })
    t.equal(response.status, 400)
    t.match(await response.json(), { message: /"nope".*order, inventory, user_activity/ })
  })
}
