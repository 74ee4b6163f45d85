import { BigQuery } from '@google-cloud/bigquery'
import { PubSub } from '@google-cloud/pubsub'
import { Storage } from '@google-cloud/storage'
import { archiveHours, openArchive, readBack, readConfig, type HourReport } from '@tablestream/archiver'
import { startLocalCloud } from '@tablestream/local-cloud'
import type { Test } from 'tap'
import { poll } from '../../scripts/poll.ts'
import { createDevResources } from './dev-resources.ts'
import { DATASET, PROJECT } from './pipeline.ts'

export const HOUR = 3_600_000
export const BUCKET = `${PROJECT}-dev-events-archive`
const COLUMNS = 'message_id, UNIX_MICROS(publish_time) AS micros, TO_HEX(data) AS data'
export const RECORD = `\`${PROJECT}.${DATASET}.published_messages\``
export const TARGET = { projectId: PROJECT, dataset: DATASET, topic: 'backend-events-topic' }

/** What is published in one minute is so on a slow machine, too: time passes so much more slowly here. */
const SLOWER = 20

/** local-cloud at a time, the record, the bucket, and an archiver. */
export async function openArchiver(t: Test, startMs = Date.parse('2026-11-29T05:07:10Z')) {
  const began = Date.now()
  let moved = 0
  const now = () => startMs + moved + Math.floor((Date.now() - began) / SLOWER)
  const cloud = await startLocalCloud({ now })
  Object.assign(process.env, cloud.environment)
  await createDevResources(cloud, { storageUrl: cloud.environment['STORAGE_EMULATOR_HOST']! })
  const bigquery = new BigQuery({ projectId: PROJECT })
  const pubsub = new PubSub({ projectId: PROJECT })
  const bucket = new Storage({ projectId: PROJECT }).bucket(BUCKET)
  t.teardown(async () => {
    await pubsub.close()
    await cloud.close()
  })
  const rows = async (sql: string) => (await bigquery.query(sql))[0] as Record<string, unknown>[]
  const config = readConfig({ PROJECT_ID: PROJECT })
  const opened = openArchive(config)
  const parts = { ...opened.parts, now }
  let published = 0
  return {
    cloud,
    parts,
    config,
    bucket,
    rows,
    bigquery,
    /** Publishes, and waits until the record has it. */
    publish: async (...messages: { data: Buffer | string; attributes?: Record<string, string> }[]) => {
      const topic = pubsub.topic(TARGET.topic)
      await Promise.all(
        messages.map(({ data, attributes = {} }) =>
          topic.publishMessage({ data: Buffer.from(data), attributes }),
        ),
      )
      published += messages.length
      await poll(
        async () => ((await rows(`SELECT message_id FROM ${RECORD}`)).length >= published ? true : undefined),
        {
          timeoutMs: 60_000,
          what: `${published} messages in the record`,
        },
      )
    },
    go: (milliseconds: number) => {
      moved += milliseconds
    },
    /** @param reports where they are beside the answer, for runs that fail */
    archive: async (reports: HourReport[] = [], keptMs = parts.keptMs): Promise<HourReport[]> => {
      await archiveHours({ ...parts, keptMs }, opened.plan, (report) => reports.push(report))
      return reports
    },
    /** What is archived, as the record has it. */
    archived: async (mostUris?: number) => {
      const since = Math.floor(startMs / HOUR) * HOUR
      const back = await readBack(parts, parts.newId(), since, undefined, mostUris)
      if (back.tables.length === 0) return []
      const all = back.tables.map((table) => `SELECT * FROM \`${PROJECT}.dev_archive_dataset.${table}\``)
      return rows(`SELECT ${COLUMNS}, attributes FROM (${all.join(' UNION ALL ')}) ORDER BY message_id`)
    },
    names: async () => (await bucket.getFiles({ prefix: 'output/' }))[0].map(({ name }) => name),
    manifest: async (name: string) =>
      JSON.parse((await bucket.file(`output/_hours/2026/11/29/${name}.json`).download())[0].toString()) as {
        messages: number
        folders: { folder: string; event_type: string; messages: number; fingerprint: string }[]
        objects: { name: string }[]
      },
  }
}

export const event = (type: string, n: number) => ({
  data: JSON.stringify({ event_type: type, n, text: 'ä "x"\n' }),
  attributes: { event_type: type, 'ce-id': `${type}-${n}`, 'ce-source': '/shop' },
})
export const inRecord = `SELECT ${COLUMNS}, TO_JSON_STRING(attributes) AS attributes FROM ${RECORD} ORDER BY message_id`
