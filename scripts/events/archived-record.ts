import { openArchive, readBack, readConfig } from '@tablestream/archiver'
import type { Target } from '@tablestream/ledger'
import { codeOf, NOT_FOUND } from '@tablestream/service-kit'

const COLUMNS = 'message_id, publish_time, data'
/** So often the archive is read anew where its files go meanwhile. */
const MOST_TRIES = 3

/** @throws Error for what is no `gs://BUCKET` */
export function bucketName(bucket: string): string {
  const [, name] = /^gs:\/\/([^/]+)\/?$/.exec(bucket) ?? []
  if (name === undefined) throw new Error(`--archive is gs://BUCKET, but is "${bucket}"`)
  return name
}

/**
 * Lets work read what was published since a time where the record no longer has it: the hours that are archived from the archive; from the
 * record later ones, those that are not archived, and those of which it has more, since messages came late. Doubles are of the same
 * message id.
 *
 * @param bucket `gs://BUCKET`
 * @param work gets SQL for a table with the columns of the record; it is done again where the archiver made an hour anew meanwhile,
 *   and took away the files that were read
 * @returns what the work did; and the hours that neither the archive nor the record has, which it has not seen
 */
export async function withArchive<T>(
  target: Target,
  bucket: string,
  since: Date,
  work: (published: string) => Promise<T>,
): Promise<{ readonly done: T; readonly missing: readonly string[] }> {
  const name = bucketName(bucket)
  const { projectId, dataset } = target
  const config = readConfig({ ...process.env, PROJECT_ID: projectId, DATASET: dataset, ARCHIVE_BUCKET: name })
  const { parts } = openArchive(config)
  for (let tries = 1; ; tries++) {
    const { tables, end, inRecord, missing } = await readBack(parts, parts.newId(), since.getTime())
    const spans = [...inRecord, { from: end, until: undefined }]
    const later = `SELECT ${COLUMNS}, TO_JSON_STRING(attributes) AS attributes FROM \`${projectId}.${dataset}.published_messages\`
      WHERE ${spans.map(inSpan).join(' OR ')}`
    const archived = tables.map(
      (table) => `SELECT ${COLUMNS}, attributes FROM \`${projectId}.${config.ARCHIVE_DATASET}.${table}\``,
    )
    try {
      return { done: await work(`(${[...archived, later].join(' UNION ALL ')})`), missing }
    } catch (error) {
      if (tries === MOST_TRIES || !isGone(error)) throw error
    } finally {
      await Promise.all(tables.map((table) => parts.record.drop(table)))
    }
  }
}

/** @param span in milliseconds since 1970 */
function inSpan({ from, until }: { readonly from: number; readonly until: number | undefined }): string {
  const time = (millis: number) => `TIMESTAMP('${new Date(millis).toISOString()}')`
  const begin = `publish_time >= ${time(from)}`
  return until === undefined ? begin : `(${begin} AND publish_time < ${time(until)})`
}

function isGone(error: unknown): boolean {
  return codeOf(error) === NOT_FOUND
}
