import type { FastifyInstance } from 'fastify'
import type { BigQueryParts } from './bigquery-parts.ts'
import { addFrontPage } from '../../front-page.ts'
import { discoveryDocument } from './discovery.ts'
import { BigQueryError, notImplemented, toBigQueryError } from '../errors.ts'
import { addDatasets } from './rest-datasets.ts'
import { addJobs } from './rest-jobs.ts'
import { addRoutines } from './rest-routines.ts'
import { addRows } from './rest-rows.ts'
import { addTables } from './rest-tables.ts'
import { addUploads, UPLOAD_PATH } from './rest-uploads.ts'

/** BigQuery's REST API v2. Methods that are not here answer 501 with their name. */
export function addBigQueryRest(app: FastifyInstance, parts: BigQueryParts): void {
  app.setErrorHandler((error, _request, reply) => {
    const answer = isBadRequest(error)
      ? new BigQueryError('badRequest', error.message)
      : toBigQueryError(error)
    if (answer.reason === 'internalError') app.log.error({ err: error }, 'BigQuery request failed')
    void reply.code(answer.httpStatus).send(answer.body())
  })
  app.setNotFoundHandler((request) => {
    throw notImplemented(`${request.method} ${request.url.split('?')[0]}`)
  })
  app.addHook('preHandler', (request, _reply, done) => {
    // a piece of an upload is no JSON: without one there is no body
    if (!UPLOAD_PATH.test(request.url)) request.body ??= {}
    done()
  })
  addFrontPage(app, {
    api: "BigQuery's REST API v2",
    reference: 'https://cloud.google.com/bigquery/docs/reference/rest',
    tryPath: '/bigquery/v2/projects/PROJECT/datasets',
    client: 'BIGQUERY_EMULATOR_HOST',
  })
  for (const path of ['/$discovery/rest', '/discovery/v1/apis/bigquery/v2/rest']) {
    app.get(path, (request) => discoveryDocument(`http://${request.host}/`))
  }
  // clients that are told of an emulator leave the prefix out
  for (const prefix of ['/bigquery/v2', '']) {
    app.register(
      (scope, _options, done) => {
        addDatasets(scope, parts)
        addTables(scope, parts)
        addRoutines(scope, parts)
        addRows(scope, parts)
        addJobs(scope, parts)
        done()
      },
      { prefix },
    )
  }
  addUploads(app, parts)
}

function isBadRequest(error: unknown): error is Error {
  const status = (error as { statusCode?: number }).statusCode
  return !(error instanceof BigQueryError) && status !== undefined && status < 500
}
