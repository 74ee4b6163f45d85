import t from 'tap'
import { poll } from '../../scripts/poll.ts'
import { DATASET, settled, startPipeline, WITH_GENERATOR, type Pipeline } from './pipeline.ts'

const EVENTS = 20_000
const RATE = 5000
const TABLES = { order: 'orders', inventory: 'inventory', user_activity: 'user_activity' }
const TROUBLE = {
  new_field: 0.02,
  renamed_field: 0.02,
  type_change: 0.02,
  missing_required: 0.02,
  bad_enum: 0.02,
  duplicate: 0.03,
  late: 0.02,
  out_of_order: 0.02,
  oversized: 0.0004,
  malformed: 0.02,
}

/** Where each trouble lands, as a condition on the row `r` of the message `m`; the others are in the dead letters. */
const LANDED: Readonly<Record<string, string>> = {
  '': 'r._unmapped IS NULL AND r.score IS NOT NULL',
  new_field:
    'COALESCE(r.extra_1, r.extra_2, r.extra_3, r.extra_4, r.extra_5) IS NOT NULL AND r._unmapped IS NULL',
  renamed_field:
    'COALESCE(r.renamed, r.original) = r.renamed AND r.renamed IS NOT NULL AND r._unmapped IS NULL',
  type_change: 'r.score IS NULL AND JSON_VALUE(r._unmapped, \'$."/score"\') IS NOT NULL',
  duplicate: 'r._unmapped IS NULL',
  late: 'r.event_date < DATE(m.publish_time)',
  out_of_order: 'r._unmapped IS NULL',
}
const DEAD: Readonly<Record<string, string>> = {
  missing_required: 'invalid_event',
  bad_enum: 'invalid_event',
  oversized: 'row_too_large',
  malformed: 'not_json',
}
const RENAMED = {
  order: ['currency', 'currency_code'],
  inventory: ['reason_details', 'reason_text'],
  user_activity: ['page_title', 'title'],
}

interface Status {
  readonly task_id: string
  readonly state: string
  readonly published: number
  readonly failed: number
  readonly published_by_trouble: Readonly<Record<string, number>>
}

async function run({ generatorUrl }: Pipeline): Promise<Status> {
  const ask = async (path: string, init?: RequestInit) => {
    const response = await fetch(`${generatorUrl}${path}`, init)
    if (!response.ok) throw new Error(await response.text())
    return (await response.json()) as Status
  }
  const body = { events_per_second: RATE, duration_minutes: EVENTS / RATE / 60, seed: 1, trouble: TROUBLE }
  const { task_id: task } = await ask('/generate/start', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
  return poll(
    async () => {
      const status = await ask(`/generate/status/${task}`)
      return status.state === 'running' ? undefined : status
    },
    { timeoutMs: 180_000, everyMs: 200, what: 'the end of the task' },
  )
}

async function viewsShowTheirTables({ clients }: Pipeline): Promise<true | undefined> {
  const behind =
    await clients.query(`SELECT t.table_name, t.column_name FROM ${DATASET}.INFORMATION_SCHEMA.COLUMNS AS t
    JOIN ${DATASET}.INFORMATION_SCHEMA.TABLES AS view ON view.table_name = CONCAT(t.table_name, '_deduplicated')
    LEFT JOIN ${DATASET}.INFORMATION_SCHEMA.COLUMNS AS v
    ON v.table_name = view.table_name AND v.column_name = t.column_name WHERE v.column_name IS NULL`)
  return behind.length === 0 || undefined
}

t.test(
  `${EVENTS} events with every trouble: each label is found at its end`,
  { timeout: 480_000 },
  async (t) => {
    const pipeline = await startPipeline({ services: WITH_GENERATOR, env: { LOG_LEVEL: 'error' } })
    t.teardown(() => pipeline.close())
    const { clients, cloud } = pipeline
    const status = await run(pipeline)
    t.match(status, { state: 'finished', published: EVENTS, failed: 0 })
    await settled(pipeline, 180_000)
    const intoTables = () => Object.entries(cloud.backlog()).filter(([name]) => name.endsWith('-to-table'))
    await poll(() => (intoTables().every(([, left]) => left === 0) ? true : undefined), {
      timeoutMs: 120_000,
      what: 'every message in its table',
    })

    // views come behind their tables
    await poll(() => viewsShowTheirTables(pipeline), {
      timeoutMs: 60_000,
      what: 'the columns of tables in views',
    })

    const labels = `SELECT IFNULL(JSON_VALUE(attributes, '$.trouble'), '') AS trouble, message_id, publish_time,
    JSON_VALUE(attributes, '$."ce-id"') AS event_id, JSON_VALUE(attributes, '$.event_type') AS event_type
    FROM ${DATASET}.published_messages`
    const counted = await clients.query(
      `SELECT trouble, COUNT(DISTINCT message_id) AS messages FROM (${labels}) GROUP BY 1`,
    )
    const published = new Map(counted.map(({ trouble, messages }) => [String(trouble), Number(messages)]))
    const { '': _, ...labelled } = Object.fromEntries(published)
    t.same(labelled, status.published_by_trouble, 'the task counts what Pub/Sub took')
    t.same(Object.keys(labelled).toSorted(), Object.keys(TROUBLE).toSorted(), 'there is every trouble')

    for (const [trouble, condition] of Object.entries(LANDED)) {
      let found = 0
      for (const [type, table] of Object.entries(TABLES)) {
        const [original, renamed] = RENAMED[type as keyof typeof RENAMED]
        const rows = `SELECT *, ${renamed} AS renamed, ${original} AS original FROM ${DATASET}.${table}_deduplicated`
        found +=
          await clients.count(`SELECT COUNT(DISTINCT m.message_id) FROM (${labels}) AS m JOIN (${rows}) AS r
        ON r.event_id = m.event_id WHERE m.trouble = '${trouble}' AND m.event_type = '${type}' AND ${condition}`)
      }
      t.equal(found, published.get(trouble), trouble || 'without trouble')
    }
    for (const [trouble, reason] of Object.entries(DEAD)) {
      const found = await clients.count(`SELECT COUNT(DISTINCT m.message_id) FROM (${labels}) AS m
      JOIN ${DATASET}.dead_letter_reasons AS d ON d.message_id = m.message_id
      WHERE m.trouble = '${trouble}' AND d.reason = '${reason}'`)
      t.equal(found, published.get(trouble), trouble)
    }
    const dead = await clients.count(`SELECT COUNT(DISTINCT message_id) FROM ${DATASET}.dead_letter_reasons`)
    const wanted = Object.keys(DEAD).reduce((sum, trouble) => sum + published.get(trouble)!, 0)
    t.equal(dead, wanted, 'nothing else is in the dead letters')
    let events = 0
    for (const table of Object.values(TABLES))
      events += await clients.count(`SELECT COUNT(*) FROM ${DATASET}.${table}_deduplicated`)
    t.equal(events, EVENTS - dead - published.get('duplicate')!, 'each event once, and nothing else')
  },
)
