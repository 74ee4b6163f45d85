import { createHash } from 'node:crypto'
import { BigQuery } from '@google-cloud/bigquery'
import { readLedger } from '@tablestream/ledger'
import t, { type Test } from 'tap'
import { poll } from '../../scripts/poll.ts'
import { many } from '../long-tests.ts'
import { startConsole } from './console-process.ts'
import { DATASET, PROJECT, settled, startPipeline, type Pipeline } from './pipeline.ts'

const KEY = 'a key'
const API_KEYS = JSON.stringify({ test: { sha256: createHash('sha256').update(KEY).digest('hex') } })

/** `EVENTS=10000` is the long version. */
const EVENTS = Number(process.env['EVENTS'] || many(120, 40))
const RATE = Math.min(EVENTS / 2, 2000)
/** How long it may take to ask for one, on a machine that does other things, too. */
const ASK_MS = 500
/** As a few people who look for their events at once. */
const AT_ONCE = 4
const TROUBLE = {
  new_field: 0.05,
  renamed_field: 0.05,
  type_change: 0.05,
  missing_required: 0.05,
  bad_enum: 0.05,
  duplicate: 0.05,
  late: 0.05,
  malformed: 0.05,
}
/** Where an event with each trouble ends. */
const ENDS: Readonly<Record<string, string>> = {
  '': 'landed',
  new_field: 'landed',
  renamed_field: 'landed',
  type_change: 'landed',
  missing_required: 'dead_letter',
  bad_enum: 'dead_letter',
  duplicate: 'duplicate',
  late: 'landed',
  malformed: 'dead_letter',
}
/** What the contract allows where `bad_enum` puts something else. */
const GOOD: Readonly<Record<string, string>> = {
  '/status': 'pending',
  '/reason': 'sale',
  '/activity_type': 'login',
}
const REASONS: Readonly<Record<string, string>> = {
  missing_required: 'invalid_event',
  bad_enum: 'invalid_event',
  malformed: 'not_json',
}

interface Story {
  readonly event_type: string
  readonly messages: readonly { readonly message_id: string; readonly end: string; readonly door: string }[]
  readonly values: readonly { readonly path: string; readonly end: string; readonly stored?: string }[]
  readonly rows: readonly {
    readonly table: string
    readonly partition: string
    readonly row: Record<string, unknown>
  }[]
  readonly waited_for: readonly { readonly columns: readonly string[] }[]
  readonly dead_letter?: { readonly reason: string; readonly dead_letter_id: string; readonly path: string }
}

async function openConsole(
  t: Test,
  { cloud, writerUrl, gatewayUrl, generatorUrl }: Pipeline,
): Promise<string> {
  const env = {
    METRICS_URLS: `stream-writer=${writerUrl}`,
    GATEWAY_URL: gatewayUrl,
    GATEWAY_KEY: KEY,
    GENERATOR_URL: generatorUrl,
    FAULTS_URL: `http://127.0.0.1:${cloud.pubsubPort}/local-cloud/faults`,
    MAY_REPLAY: 'true',
    MAY_SEND: 'true',
  }
  const { url, service } = await startConsole(cloud, { env })
  t.teardown(() => service.stop())
  return url
}

t.test(
  `of ${EVENTS} events with every trouble each answer of the console is the end that the label names`,
  { timeout: 480_000 + EVENTS * ASK_MS },
  async (t) => {
    const pipeline = await startPipeline({
      services: ['table-manager', 'stream-writer', 'event-generator', 'event-gateway'],
      env: { LOG_LEVEL: 'error', API_KEYS },
    })
    t.teardown(() => pipeline.close())
    const { clients, cloud } = pipeline
    const url = await openConsole(t, pipeline)
    const ask = async <T>(path: string, init: RequestInit = {}): Promise<T> => {
      // BigQuery takes a hundred requests a second of one account, and a fast machine asks for more
      const { response, text } = await poll(
        async () => {
          const answer = await fetch(`${url}${path}`, init)
          const body = await answer.text()
          return body.includes('BIGQUERY_BUSY') ? undefined : { response: answer, text: body }
        },
        { timeoutMs: 120_000, everyMs: 500, what: `${path}: BigQuery takes requests again` },
      )
      if (!response.ok) throw new Error(`${path} answered ${response.status}: ${text}`)
      return JSON.parse(text) as T
    }
    const { token } = await ask<{ token: string }>('/api/session')
    const change = <T>(path: string, body: object, method = 'POST') =>
      ask<T>(path, {
        method,
        headers: { 'content-type': 'application/json', 'x-console-token': token },
        body: JSON.stringify(body),
      })

    // there is one to mend, whatever the generator draws
    const toMend = {
      event_type: 'order',
      order_id: 'o-1',
      customer_id: 'c-1',
      order_date: new Date().toISOString(),
      status: 'no_status',
      items: [{ product_id: 'p-1', product_name: 'p', quantity: 1, price: 1 }],
      total_amount: 1,
    }
    await clients.publish([JSON.stringify(toMend)], { trouble: 'bad_enum', 'ce-id': 'to-mend' })
    const { task_id: task } = await change<{ task_id: string }>('/api/generator/start', {
      events_per_second: RATE,
      duration_minutes: EVENTS / RATE / 60,
      seed: 1,
      trouble: TROUBLE,
    })
    await poll(
      async () => {
        const { tasks } = await ask<{ tasks: { task_id: string; state: string }[] }>('/api/generator')
        return tasks.some(({ task_id: id, state }) => id === task && state !== 'running') || undefined
      },
      { timeoutMs: 60_000, what: 'the end of the task' },
    )
    await settled(pipeline, 120_000)
    const intoTables = () => Object.entries(cloud.backlog()).filter(([name]) => name.endsWith('-to-table'))
    await poll(() => (intoTables().every(([, left]) => left === 0) ? true : undefined), {
      timeoutMs: 60_000,
      what: 'every message in its table',
    })

    const labels =
      await clients.query(`SELECT message_id, IFNULL(JSON_VALUE(attributes, '$.trouble'), '') AS trouble,
    JSON_VALUE(attributes, '$."ce-id"') AS event_id FROM ${DATASET}.published_messages`)
    t.equal(labels.length, EVENTS + 1)
    const wrong: object[] = []
    let slowest = 0
    const look = async ({ message_id: messageId, trouble, event_id: eventId }: Record<string, string>) => {
      const byMessage = await ask<{ events: Story[]; milliseconds: number }>(
        `/api/events/${messageId}?within=3600`,
      )
      slowest = Math.max(slowest, byMessage.milliseconds)
      const stories = byMessage.events.flatMap((story) =>
        story.messages.map((message) => ({ story, message })),
      )
      const own = stories.find(({ message }) => message.message_id === messageId)
      const end = own?.message.end
      if (end !== ENDS[trouble!]) wrong.push({ messageId, trouble, end })
      const { story } = own!
      const lost = story.values.filter((value) => value.end === 'nowhere')
      if (lost.length > 0) wrong.push({ messageId, trouble, lost })
      if (trouble === 'type_change') {
        const score = story.values.find(({ path }) => path === '/score')
        if (score?.end !== 'unmapped') wrong.push({ messageId, trouble, score })
      }
      if (REASONS[trouble!] !== story.dead_letter?.reason)
        wrong.push({ messageId, trouble, letter: story.dead_letter })
      if (Number(messageId) % 10 > 0) return
      const byEvent = await ask<{ events: Story[] }>(`/api/events/${eventId}?within=3600`)
      const again = byEvent.events
        .flatMap(({ messages }) => messages)
        .find((message) => message.message_id === messageId)
      if (again?.end !== end) wrong.push({ messageId, trouble, byEvent })
    }
    const left = (labels as Record<string, string>[]).values()
    // all of them take from the same ones
    const lookOn = async () => {
      for (const label of left) await look(label)
    }
    await Promise.all(Array.from({ length: AT_ONCE }, lookOn))
    t.same(wrong.slice(0, 5), [])
    t.comment(`the slowest answer took ${slowest} ms`)

    const since = new Date(Date.now() - 86_400_000)
    const bigquery = new BigQuery({
      projectId: PROJECT,
      apiEndpoint: `http://127.0.0.1:${cloud.bigqueryPort}`,
    })
    const target = { projectId: PROJECT, dataset: DATASET, topic: 'backend-events-topic' }
    const { accounts } = await readLedger(bigquery, target, { since })
    const told = await ask<{ accounts: Record<string, unknown>[] }>(
      `/api/reconcile?since=${since.toISOString()}`,
    )
    t.same(
      told.accounts,
      accounts.map((account) => ({
        event_type: account.eventType,
        table: account.table,
        published: account.messages,
        landed: account.landed,
        duplicates: account.duplicates,
        replaced: account.replaced,
        dead_letters: account.deadLettered,
        missing: account.missing,
        landed_by_id: account.landedById,
        extra_rows: account.extraRows,
        collisions: account.collisions,
      })),
      'figures are those of reconcile, to the unit',
    )
    const flow = await poll(
      async () => {
        const answer = await ask<{ now: Record<string, number>; ledger?: { total: Record<string, number> } }>(
          '/api/flow',
        )
        return answer.ledger && answer.now['landed_total'] === answer.ledger.total['landed']
          ? answer
          : undefined
      },
      { timeoutMs: 60_000, what: 'figures of /metrics and of the ledger that agree' },
    )
    t.equal(flow.now['dead_letters_total'], flow.ledger!.total['dead_letters'])
    t.equal(flow.now['duplicates_total'], flow.ledger!.total['duplicates'])

    await t.test('a dead letter is mended and replayed, and its row is there', async (t) => {
      const { letters } = await ask<{ letters: { dead_letter_id: string }[] }>(
        `/api/dead-letters?reason=invalid_event&limit=1${Object.keys(GOOD)
          .map((path) => `&path=${path}`)
          .join('')}`,
      )
      const id = letters[0]!.dead_letter_id
      interface Detail {
        text: string
        data: string
        places: { start: number; end: number; path: string }[]
        replayed_at: string | null
      }
      const { text, data, places } = await ask<Detail>(`/api/dead-letters/${id}`)
      const { start, end, path } = places.find((place) => place.path in GOOD)!
      const bad = Buffer.from(data, 'base64').subarray(start, end).toString()
      t.equal(bad, `"no_${path.slice(1)}"`, 'the place of the wrong value')
      const judged = await change<{ outcome: string }>('/api/judge', { text })
      t.equal(judged.outcome, 'rejected')
      const mended = text.replace(bad, JSON.stringify(GOOD[path]))
      t.match(await change('/api/judge', { text: mended }), { outcome: 'event' })
      const undone = await change<{ replay_id: string }>('/api/dead-letters/replay', {
        id,
        text: mended,
        undo_seconds: 60,
      })
      t.match(await change(`/api/dead-letters/replay/${undone.replay_id}`, {}, 'DELETE'), {
        state: 'cancelled',
      })
      const { replay_id: replay } = await change<{ replay_id: string }>('/api/dead-letters/replay', {
        id,
        text: mended,
        undo_seconds: 0,
      })
      const done = await poll(
        async () => {
          const answer = await ask<{ state: string; message_id: string }>(
            `/api/dead-letters/replay/${replay}`,
          )
          return answer.state === 'done' || answer.state === 'failed' ? answer : undefined
        },
        { timeoutMs: 60_000, what: 'the end of the replay' },
      )
      t.equal(done.state, 'done')
      const story = await poll(
        async () => {
          const { events } = await ask<{ events: Story[] }>(`/api/events/${done.message_id}`)
          return events.find(({ rows }) => rows.length > 0)
        },
        { timeoutMs: 60_000, what: 'the row of the mended event' },
      )
      t.match(story.messages, [{ end: 'landed', door: 'replay' }])
      t.match(story.rows, [{ row: { [path.slice(1)]: GOOD[path] } }])
      t.not((await ask<Detail>(`/api/dead-letters/${id}`)).replayed_at, null, 'it is marked')
    })

    await t.test(
      'an event that is sent is found by its text, with the column that it waited for',
      async (t) => {
        const text = JSON.stringify({ event_type: 'page_view', url: '/a', user: { id: 7 }, nothing: null })
        const { status, answer } = await change<{
          status: number
          answer: { events: { event_id: string }[] }
        }>('/api/send', { text })
        t.equal(status, 200)
        const id = answer.events[0]!.event_id
        const story = await poll(
          async () => {
            const { events } = await ask<{ events: Story[] }>(`/api/events/${id}`)
            return events.find(({ waited_for: waited }) =>
              waited.some(({ columns }) => columns.includes('user')),
            )
          },
          { timeoutMs: 60_000, what: 'its row, and the column that it waited for' },
        )
        t.match(story.messages, [{ end: 'landed', door: 'event-gateway' }])
        t.same(
          story.values.map(({ path, end }) => [path, end]),
          [
            ['/event_type', 'column'],
            ['/url', 'column'],
            ['/user/id', 'column'],
            ['/nothing', 'empty'],
          ],
        )
        t.ok(story.waited_for.some(({ columns }) => columns.includes('user')))
        const found = await change<{ found_by: string; events: Story[] }>('/api/events/find', { text })
        t.match(found, { found_by: 'bytes', events: [{ event_type: 'page_view' }] })
      },
    )

    await t.test('faults are switched on and off, and SQL reads alone', async (t) => {
      const rule = { on: 'pubsub.admin', do: 'delay', ms: 1, probability: 0.5 }
      t.match(await change('/api/faults', { rules: [rule] }, 'PUT'), { plan: { rules: [rule] } })
      t.match(await change('/api/faults', { rules: [] }, 'PUT'), { plan: { rules: [] } })
      t.match(await change('/api/sql', { sql: `SELECT COUNT(*) AS n FROM ${DATASET}.page_view` }), {
        rows: [{ n: 1 }],
      })
      await t.rejects(
        change('/api/sql', { sql: `DELETE FROM ${DATASET}.page_view WHERE TRUE` }),
        /NOT_READ_ONLY/,
      )
      t.equal(await clients.count(`SELECT COUNT(*) FROM ${DATASET}.page_view`), 1)
    })
  },
)
