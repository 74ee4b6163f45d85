import type { CopySpec } from './copy.ts'
import { BigQueryError, notImplemented } from '../errors.ts'
import type { ExtractSpec } from '../files/extract.ts'
import type { LoadSpec, UploadedFile } from '../files/load.ts'
import { checkJob, timeoutOf, withoutLocation } from './job-options.ts'
import { withoutNulls } from './without-nulls.ts'
import type { JobSpec } from './job-spec.ts'
import type { Jobs } from './jobs.ts'
import type { Job } from './running-job.ts'
import type { QuerySpec } from '../queries/query-spec.ts'

interface JobBody {
  readonly configuration?: JobConfiguration
  readonly jobReference?: { readonly jobId?: string; readonly location?: string }
}

interface JobConfiguration {
  readonly query?: QuerySpec
  readonly extract?: ExtractSpec
  readonly load?: LoadSpec
  readonly copy?: CopySpec
  readonly dryRun?: boolean
  readonly labels?: Readonly<Record<string, string>>
  readonly jobTimeoutMs?: string | number
}

/** So long jobs.insert waits for a job, in milliseconds: most are done by then, and nobody has to ask for them again. */
const INSERT_WAIT_MS = 2_000

/**
 * jobs.insert.
 *
 * @param media what came with the request
 * @throws BigQueryError where the job is none, or not done; a job that fails is answered with its error
 */
export async function insertJob(
  jobs: Jobs,
  projectId: string,
  sent: Readonly<Record<string, unknown>>,
  media?: UploadedFile,
): Promise<Job> {
  const body = withoutNulls(sent)
  checkJob(body)
  const { configuration = {}, jobReference: { jobId, location } = {} } = body as JobBody
  const spec = jobSpecOf(configuration, media, location)
  const { labels, jobTimeoutMs } = configuration
  const timeoutMs = timeoutOf(jobTimeoutMs)
  const job = await jobs.insert(projectId, spec, {
    ...(jobId !== undefined && { jobId }),
    ...(location && { location }),
    ...(labels && { labels }),
    ...(timeoutMs !== undefined && { timeoutMs }),
  })
  await job.within(INSERT_WAIT_MS)
  // a dry run makes no job: its error is the answer
  if (configuration.dryRun && job.outcome instanceof BigQueryError) throw job.outcome
  return job
}

/** @throws BigQueryError notImplemented for other jobs */
function jobSpecOf(
  { query, extract, load, copy, dryRun = false }: JobConfiguration,
  media: UploadedFile | undefined,
  location: string | undefined,
): JobSpec {
  if (media && !load) throw new BigQueryError('invalid', 'Only a load job comes with an upload.')
  if (query) return { type: 'QUERY', query: { ...query, dryRun } }
  if (dryRun) throw notImplemented('dry runs of jobs that are no query')
  if (extract) return { type: 'EXTRACT', extract }
  if (load) return { type: 'LOAD', load: withoutLocation(load, location), ...(media && { media }) }
  if (copy) return { type: 'COPY', copy }
  throw new BigQueryError(
    'required',
    'Job configuration must contain exactly one job-specific configuration object',
  )
}
