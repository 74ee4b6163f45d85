import { setTimeout as sleep } from 'node:timers/promises'
import type { FastifyInstance } from 'fastify'
import type { World } from '../world.ts'
import type { Seed, SeedTable, Settings } from './seed-file.ts'

/** What an API refuses of a seed: the path in it, and what the API says. */
export class SeedError extends Error {}

/** Rows that go in one request. */
const BATCH = 500
const PAUSE_MS = 200

/**
 * Makes what the seed names, through the APIs themselves, so that it is checked as theirs. What is there already stays as it is, and a
 * table gets its rows only when it is made.
 *
 * @throws SeedError
 */
export async function sow(seed: Seed, { http }: Pick<World, 'http'>): Promise<void> {
  const { project } = seed
  for (const [name, settings] of Object.entries(seed.topics))
    await ask(http.pubsub, 'PUT', `/v1/projects/${project}/topics/${name}`, settings, `topics.${name}`)
  for (const [name, settings] of Object.entries(seed.subscriptions)) {
    const body = { ...settings, topic: fullTopic(project, settings['topic']) }
    await ask(
      http.pubsub,
      'PUT',
      `/v1/projects/${project}/subscriptions/${name}`,
      body,
      `subscriptions.${name}`,
    )
  }
  for (const [bucket, settings] of Object.entries(seed.buckets))
    await ask(
      http.storage,
      'POST',
      `/storage/v1/b?project=${project}`,
      { name: bucket, ...settings },
      `buckets.${bucket}`,
    )
  for (const [datasetId, { settings, tables }] of Object.entries(seed.datasets)) {
    const path = `datasets.${datasetId}`
    const all = `/bigquery/v2/projects/${project}/datasets`
    await ask(http.bigquery, 'POST', all, { ...settings, datasetReference: { datasetId } }, path)
    for (const [tableId, table] of Object.entries(tables))
      await sowTable(http.bigquery, `${all}/${datasetId}/tables`, tableId, table, `${path}.tables.${tableId}`)
  }
}

async function sowTable(
  app: FastifyInstance,
  url: string,
  tableId: string,
  { schema, settings, rows }: SeedTable,
  path: string,
): Promise<void> {
  const body = { ...settings, tableReference: { tableId }, schema: { fields: schema } }
  if (!(await ask(app, 'POST', url, body, path))) return
  for (let at = 0; at < rows.length; at += BATCH) {
    const batch = rows.slice(at, at + BATCH).map((json) => ({ json }))
    const answer = await ask(app, 'POST', `${url}/${tableId}/insertAll`, { rows: batch }, `${path}.rows`)
    const [wrong] = (answer as InsertAnswer).insertErrors ?? []
    if (!wrong) continue
    const { location, message } = wrong.errors[0]!
    const where = `${path}.rows[${at + wrong.index}]${location ? `.${location}` : ''}`
    throw new SeedError(`${where}: ${message}; the row is ${JSON.stringify(rows[at + wrong.index])}`)
  }
}

interface InsertAnswer {
  readonly insertErrors?: readonly {
    readonly index: number
    readonly errors: readonly { readonly location?: string; readonly message: string }[]
  }[]
}

interface Refusal {
  readonly error?: { readonly message: string; readonly errors?: readonly { readonly reason?: string }[] }
}

/** @returns undefined where it is there already */
async function ask(
  app: FastifyInstance,
  method: 'PUT' | 'POST',
  url: string,
  payload: Settings,
  path: string,
): Promise<object | undefined> {
  for (;;) {
    const { statusCode, body } = await app.inject({
      method,
      url,
      payload: JSON.stringify(payload),
      headers: { 'content-type': 'application/json' },
    })
    if (statusCode < 300) return JSON.parse(body) as object
    if (statusCode === 409) return undefined
    const { error } = JSON.parse(body) as Refusal
    // as a client waits that makes many tables
    if (error?.errors?.[0]?.reason === 'rateLimitExceeded') await sleep(PAUSE_MS)
    else throw new SeedError(`${path}: ${error?.message ?? body}`)
  }
}

/** `orders`, or a name with its project. */
const fullTopic = (project: string, topic: unknown): unknown =>
  typeof topic === 'string' && !topic.includes('/') ? `projects/${project}/topics/${topic}` : topic
