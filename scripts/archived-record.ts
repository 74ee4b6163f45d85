import { openArchive, readBack, readConfig } from '@tablestream/archiver'
import type { Target } from './target.ts'

const COLUMNS = 'message_id, publish_time, data'

/**
 * Lets work read what was published since a time where the record no longer has it: the hours that are archived from the archive,
 * later ones from the record.
 *
 * @param bucket `gs://BUCKET`
 * @param work gets SQL for a table with the columns of the record
 * @throws Error that names the hours that are not archived
 */
export async function withArchive<T>(
  target: Target,
  bucket: string,
  since: Date,
  work: (published: string) => Promise<T>,
): Promise<T> {
  const [, name] = /^gs:\/\/([^/]+)\/?$/.exec(bucket) ?? []
  if (name === undefined) throw new Error(`--archive is gs://BUCKET, but is "${bucket}"`)
  const { projectId, dataset } = target
  const config = readConfig({ ...process.env, PROJECT_ID: projectId, DATASET: dataset, ARCHIVE_BUCKET: name })
  const { parts } = openArchive(config)
  const { table, end } = await readBack(parts, parts.newId(), since.getTime())
  const later = `SELECT ${COLUMNS}, TO_JSON_STRING(attributes) AS attributes FROM \`${projectId}.${dataset}.published_messages\`
    WHERE publish_time >= TIMESTAMP('${new Date(end).toISOString()}')`
  const archived = `SELECT ${COLUMNS}, attributes FROM \`${projectId}.${config.ARCHIVE_DATASET}.${table}\``
  try {
    return await work(table === undefined ? `(${later})` : `(${archived} UNION ALL ${later})`)
  } finally {
    if (table !== undefined) await parts.record.drop(table)
  }
}
