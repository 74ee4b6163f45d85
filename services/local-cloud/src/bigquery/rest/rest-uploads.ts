import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Readable } from 'node:stream'
import { readContentRange } from '../../uploads/content-range.ts'
import { readRelated } from '../../uploads/multipart.ts'
import { sendOpen } from '../../uploads/resumable.ts'
import type { BigQueryParts } from './bigquery-parts.ts'
import { BigQueryError } from '../errors.ts'
import { insertJob } from '../jobs/insert-job.ts'
import { jobResource } from '../jobs/job-resource.ts'
import { projectOf, type Body, type Query } from './requests.ts'

/** Paths under which bodies are no JSON. */
export const UPLOAD_PATH = /^(\/resumable)?\/upload\/bigquery\/v2\//

/** jobs.insert with the bytes to load: in one request beside the job, or in pieces (docs: API uploads). */
export function addUploads(app: FastifyInstance, parts: BigQueryParts): void {
  for (const prefix of ['/upload/bigquery/v2', '/resumable/upload/bigquery/v2']) {
    app.register(
      (scope, _options, done) => {
        // what is loaded may be larger than the memory: bodies come as streams
        scope.removeAllContentTypeParsers()
        scope.addContentTypeParser('*', (_request, payload, parsed) => parsed(null, payload))
        addRoutes(scope, parts)
        done()
      },
      { prefix },
    )
  }
}

function addRoutes(app: FastifyInstance, parts: BigQueryParts): void {
  const path = '/projects/:project/jobs'
  app.post(path, async (request, reply) => {
    const { uploadType, upload_id: id } = request.query as Query
    if (id !== undefined) return receive(parts, request, reply)
    if (uploadType === 'resumable') return begin(parts, request, reply)
    if (uploadType === 'multipart') return putMultipart(parts, request)
    throw new BigQueryError('invalid', `Invalid upload type: ${uploadType}`, { location: 'uploadType' })
  })
  app.put(path, (request, reply) => receive(parts, request, reply))
  app.delete(path, (request, reply) => {
    parts.uploads.forget(idOf(request))
    return reply.code(499).send()
  })
}

async function putMultipart({ jobs, uploads }: BigQueryParts, request: FastifyRequest): Promise<object> {
  const { metadata, content } = readRelated(request.headers['content-type'] ?? '', await bytesOf(request))
  const media = uploads.keep(content)
  try {
    const job = await insertJob(jobs, projectOf(request), metadata, media)
    return jobResource(job)
  } catch (error) {
    media.drop()
    throw error
  }
}

async function begin(
  { uploads }: BigQueryParts,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const total = request.headers['x-upload-content-length']
  const id = uploads.begin(
    projectOf(request),
    await jsonOf(request),
    total === undefined ? undefined : Number(total),
  )
  const [path] = request.url.split('?')
  const query = new URLSearchParams({ uploadType: 'resumable', upload_id: id })
  const location = `http://${request.host}${path}?${query.toString()}`
  return reply.headers({ location, 'x-guploader-uploadid': id }).code(200).send()
}

async function receive(
  { jobs, uploads }: BigQueryParts,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const range = readContentRange(request.headers['content-range'])
  const state = await uploads.receive(idOf(request), range, streamOf(request), ({ project, job, media }) =>
    insertJob(jobs, project, job, media),
  )
  return state.kind === 'open' ? sendOpen(state.received, request, reply) : reply.send(jobResource(state.job))
}

function idOf(request: FastifyRequest): string {
  const { upload_id: id } = request.query as Query
  if (id === undefined) throw new BigQueryError('required', 'Required parameter is missing: upload_id')
  return id
}

function streamOf(request: FastifyRequest): Readable {
  return (request.body as Readable | undefined) ?? request.raw
}

async function bytesOf(request: FastifyRequest): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of streamOf(request)) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks)
}

/** @throws BigQueryError parseError */
async function jsonOf(request: FastifyRequest): Promise<Body> {
  const text = (await bytesOf(request)).toString('utf8')
  try {
    const value: unknown = text === '' ? {} : JSON.parse(text)
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Body
  } catch (error) {
    throw new BigQueryError('badRequest', 'Parse Error', { cause: error })
  }
  throw new BigQueryError('badRequest', 'Parse Error')
}
