/**
 * The part of BigQuery's discovery document that `bq` builds its client from: which methods there are, where, and which
 * parameters each takes. Bodies and answers are of one schema that allows everything.
 */
export function discoveryDocument(rootUrl: string): object {
  return {
    kind: 'discovery#restDescription',
    discoveryVersion: 'v1',
    id: 'bigquery:v2',
    name: 'bigquery',
    version: 'v2',
    title: 'BigQuery API (local-cloud)',
    protocol: 'rest',
    rootUrl,
    servicePath: 'bigquery/v2/',
    baseUrl: `${rootUrl}bigquery/v2/`,
    basePath: '/bigquery/v2/',
    batchPath: 'batch/bigquery/v2',
    parameters: Object.fromEntries(
      ['alt', 'fields', 'key', 'oauth_token', 'prettyPrint', 'quotaUser'].map((name) => [
        name,
        queryParameter,
      ]),
    ),
    schemas: { Any: { id: 'Any', type: 'object', additionalProperties: { type: 'any' } } },
    resources: Object.fromEntries(
      Object.entries(METHODS).map(([resource, methods]) => [
        resource,
        { methods: methodsOf(resource, methods) },
      ]),
    ),
  }
}

const queryParameter = { type: 'string', location: 'query' }
const PAGE = 'maxResults pageToken'
const MODEL = 'projects/{+projectId}/datasets/{+datasetId}/models'
const ROUTINE = 'projects/{+projectId}/datasets/{+datasetId}/routines'
const TABLE = 'projects/{+projectId}/datasets/{+datasetId}/tables'

/** Method: HTTP method, path, query parameters. */
const METHODS: Readonly<Record<string, Readonly<Record<string, readonly [string, string, string]>>>> = {
  projects: {
    list: ['GET', 'projects', PAGE],
    getServiceAccount: ['GET', 'projects/{+projectId}/serviceAccount', ''],
  },
  datasets: {
    list: ['GET', 'projects/{+projectId}/datasets', `${PAGE} all filter`],
    get: ['GET', 'projects/{+projectId}/datasets/{+datasetId}', 'accessPolicyVersion datasetView'],
    insert: ['POST', 'projects/{+projectId}/datasets', 'accessPolicyVersion'],
    patch: ['PATCH', 'projects/{+projectId}/datasets/{+datasetId}', 'accessPolicyVersion updateMode'],
    update: ['PUT', 'projects/{+projectId}/datasets/{+datasetId}', 'accessPolicyVersion updateMode'],
    delete: ['DELETE', 'projects/{+projectId}/datasets/{+datasetId}', 'deleteContents'],
  },
  tables: {
    list: ['GET', TABLE, PAGE],
    get: ['GET', `${TABLE}/{+tableId}`, 'selectedFields view'],
    insert: ['POST', TABLE, ''],
    patch: ['PATCH', `${TABLE}/{+tableId}`, 'autodetect_schema'],
    update: ['PUT', `${TABLE}/{+tableId}`, 'autodetect_schema'],
    delete: ['DELETE', `${TABLE}/{+tableId}`, ''],
  },
  tabledata: {
    list: [
      'GET',
      `${TABLE}/{+tableId}/data`,
      `${PAGE} startIndex selectedFields formatOptions.useInt64Timestamp`,
    ],
    insertAll: ['POST', `${TABLE}/{+tableId}/insertAll`, ''],
  },
  jobs: {
    list: [
      'GET',
      'projects/{+projectId}/jobs',
      `${PAGE} allUsers projection stateFilter minCreationTime maxCreationTime parentJobId`,
    ],
    get: ['GET', 'projects/{+projectId}/jobs/{+jobId}', 'location'],
    insert: ['POST', 'projects/{+projectId}/jobs', ''],
    cancel: ['POST', 'projects/{+projectId}/jobs/{+jobId}/cancel', 'location'],
    query: ['POST', 'projects/{+projectId}/queries', ''],
    getQueryResults: [
      'GET',
      'projects/{+projectId}/queries/{+jobId}',
      `${PAGE} startIndex timeoutMs location formatOptions.useInt64Timestamp`,
    ],
  },
  models: {
    list: ['GET', MODEL, PAGE],
    get: ['GET', `${MODEL}/{+modelId}`, ''],
    patch: ['PATCH', `${MODEL}/{+modelId}`, ''],
    delete: ['DELETE', `${MODEL}/{+modelId}`, ''],
  },
  routines: {
    list: ['GET', ROUTINE, `${PAGE} filter readMask`],
    get: ['GET', `${ROUTINE}/{+routineId}`, 'readMask'],
    insert: ['POST', ROUTINE, ''],
    update: ['PUT', `${ROUTINE}/{+routineId}`, ''],
    delete: ['DELETE', `${ROUTINE}/{+routineId}`, ''],
  },
}

// bq hands every job to a method that can upload, queries too
const UPLOAD_PATH = '/upload/bigquery/v2/projects/{+projectId}/jobs'
const MEDIA_UPLOAD = {
  supportsMediaUpload: true,
  mediaUpload: {
    accept: ['*/*'],
    protocols: {
      simple: { multipart: true, path: UPLOAD_PATH },
      resumable: { multipart: true, path: `/resumable${UPLOAD_PATH}` },
    },
  },
}

function methodsOf(
  resource: string,
  methods: Readonly<Record<string, readonly [string, string, string]>>,
): object {
  return Object.fromEntries(
    Object.entries(methods).map(([name, [httpMethod, path, query]]) => {
      const order = [...path.matchAll(/\{\+(\w+)\}/g)].map(([, parameter]) => parameter!)
      const inPath = order.map((parameter) => [
        parameter,
        { type: 'string', required: true, location: 'path' },
      ])
      const inQuery = query.split(' ').filter((parameter) => parameter !== '')
      return [
        name,
        {
          id: `bigquery.${resource}.${name}`,
          path,
          flatPath: path.replaceAll('+', ''),
          httpMethod,
          parameters: Object.fromEntries([
            ...inPath,
            ...inQuery.map((parameter) => [parameter, queryParameter]),
          ]),
          parameterOrder: order,
          ...(httpMethod !== 'GET' && httpMethod !== 'DELETE' && { request: { $ref: 'Any' } }),
          response: { $ref: 'Any' },
          ...(resource === 'jobs' && name === 'insert' && MEDIA_UPLOAD),
        },
      ]
    }),
  )
}
