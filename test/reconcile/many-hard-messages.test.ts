import { BigQuery } from '@google-cloud/bigquery'
import t from 'tap'
import { landed, open, rowOf } from './opened.ts'

/** A type that only JavaScript reads, in the bytes that it takes. */
const hard = (n: number, bytes = 0) =>
  `{"event_type":"truth_plain","event_id":${n + 1}e17,"text":"${'x'.repeat(bytes)}"}`
const id = (n: number) => String(Number(`${n + 1}e17`))

/** Refuses what has more bytes, as BigQuery does with answers of more than 10 GB. */
function answersAtMost(bigquery: BigQuery, most: number): { refused: number; largest: number } {
  const seen = { refused: 0, largest: 0 }
  const query = bigquery.query.bind(bigquery) as (...args: unknown[]) => Promise<unknown[]>
  bigquery.query = (async (request: { query: string; params: object }, options: object) => {
    if (request.query.includes('TO_JSON_STRING(attributes)')) {
      const sum = `SELECT SUM(BYTE_LENGTH(data)) AS bytes FROM (${request.query})`
      const [[row]] = (await query({ ...request, query: sum })) as [{ bytes: number | null }[]]
      const bytes = row!.bytes ?? 0
      if (bytes > most) {
        seen.refused++
        throw Object.assign(new Error('Response too large to return.'), {
          code: 403,
          errors: [{ reason: 'responseTooLarge' }],
        })
      }
      seen.largest = Math.max(seen.largest, bytes)
    }
    return query(request, options)
  }) as unknown as typeof bigquery.query
  return seen
}

t.test('messages that only JavaScript reads may be more than one answer of BigQuery holds', async (t) => {
  const { bigquery, put, ledger } = await open(t)
  const HOUR_MS = 3_600_000
  const numbers = Array.from({ length: 60 }, (_, n) => n)
  const began = Date.parse('2026-03-04T05:06:07Z')
  // most of them in one hour, some in others
  const hourOf = (n: number) => (n < 40 ? 0 : n % 5)
  await put(
    'published_messages',
    ...numbers.map((n) => rowOf(`m${n}`, hard(n, 1000), {}, began + hourOf(n) * HOUR_MS)),
  )
  await put('truth_plain', ...numbers.slice(1).map((n) => landed(id(n), hard(n, 1000))))
  const seen = answersAtMost(bigquery, 10_000)
  const { accounts, missing, uncompared } = await ledger()
  t.ok(seen.refused > 0)
  t.ok(seen.largest > 0 && seen.largest <= 10_000)
  t.match(accounts, [{ messages: 60, landed: 59, missing: 1 }])
  t.match(missing, [{ messageId: 'm0' }])
  t.same(uncompared, [])
})

t.test('where one message alone is too much, that is said', async (t) => {
  const { bigquery, put, ledger } = await open(t)
  await put('published_messages', rowOf('m', hard(1)))
  answersAtMost(bigquery, 1)
  await t.rejects(ledger(), /too large/)
})
