import { createHash } from 'node:crypto'
import type { FastifyInstance } from 'fastify'
import type { BigQueryParts } from './bigquery-parts.ts'
import { FIRST_ACCESS } from '../catalog/dataset-access.ts'
import { datasetSettings, type DatasetBody } from '../catalog/dataset-settings.ts'
import type { Dataset } from '../catalog/datasets.ts'
import { checkDataset } from '../jobs/job-options.ts'
import { byLabels } from './list-page.ts'
import { datasetOf, listOf, projectOf, type Body, type Query } from './requests.ts'

/** Clients of Python read all of it. Nobody knows projects by numbers here: one is made of the name. */
const projectResource = (id: string) => ({
  kind: 'bigquery#project',
  id,
  numericId: String(Number.parseInt(createHash('sha256').update(id).digest('hex').slice(0, 10), 16)),
  projectReference: { projectId: id },
  friendlyName: id,
})

/** Projects and datasets. */
export function addDatasets(app: FastifyInstance, { catalog }: BigQueryParts): void {
  app.get('/projects', () => ({
    kind: 'bigquery#projectList',
    projects: catalog.datasets.projects().map(projectResource),
  }))
  // by it a project's tables would be read with a key of somebody's own, which there is none of here
  app.get('/projects/:project/serviceAccount', (request) => ({
    kind: 'bigquery#getServiceAccountResponse',
    email: `bq-${projectOf(request)}@bigquery-encryption.iam.gserviceaccount.com`,
  }))
  app.get('/projects/:project/datasets', (request) => ({
    kind: 'bigquery#datasetList',
    ...listOf(
      'datasets',
      request,
      catalog.datasets.of(projectOf(request)).filter(byLabels((request.query as Query)['filter'])),
      datasetResource,
    ),
  }))
  app.post('/projects/:project/datasets', async (request) => {
    const body = request.body as Body
    checkDataset(body)
    const { datasetReference, location } = body as {
      datasetReference?: { datasetId?: string }
      location?: string
    }
    const created = await catalog.datasets.create({
      projectId: projectOf(request),
      datasetId: datasetReference?.datasetId ?? '',
      ...datasetSettings(body, {}),
      ...(location !== undefined && { location }),
    })
    return datasetResource(created)
  })
  const one = '/projects/:project/datasets/:dataset'
  app.get(one, (request) => datasetResource(catalog.datasets.get(projectOf(request), datasetOf(request))))
  app.patch(one, async (request) => {
    checkDataset(request.body as Body)
    const dataset = catalog.datasets.get(projectOf(request), datasetOf(request))
    const change = datasetSettings(request.body as Body, dataset.labels)
    return datasetResource(await catalog.datasets.update(dataset, change, request.headers['if-match']))
  })
  // what is not sent goes
  app.put(one, async (request) => {
    checkDataset(request.body as Body)
    const dataset = catalog.datasets.get(projectOf(request), datasetOf(request))
    const lost = Object.keys(dataset.labels).map((key) => [key, null])
    const body = request.body as DatasetBody
    const labels = { ...Object.fromEntries(lost), ...body.labels } as NonNullable<DatasetBody['labels']>
    const change = datasetSettings({ ...NOTHING_SAID, ...body, labels }, {})
    return datasetResource(await catalog.datasets.update(dataset, change, request.headers['if-match']))
  })
  app.delete(one, async (request, reply) => {
    const deleteContents = /^true$/i.test((request.query as Query)['deleteContents'] ?? '')
    await catalog.deleteDataset(projectOf(request), datasetOf(request), deleteContents)
    return reply.code(204).send()
  })
}

const NOTHING_SAID = {
  description: null,
  friendlyName: null,
  defaultTableExpirationMs: null,
  defaultPartitionExpirationMs: null,
  maxTimeTravelHours: null,
  storageBillingModel: null,
}

function datasetResource(dataset: Dataset): object {
  const {
    projectId,
    datasetId,
    labels,
    description,
    friendlyName,
    access = FIRST_ACCESS,
    defaultTableExpirationMs,
    defaultPartitionExpirationMs,
    maxTimeTravelHours,
    storageBillingModel,
    location,
    etag,
    creationTime,
    lastModifiedTime,
  } = dataset
  return {
    kind: 'bigquery#dataset',
    etag,
    id: `${projectId}:${datasetId}`,
    datasetReference: { projectId, datasetId },
    labels,
    ...(description !== undefined && { description }),
    ...(friendlyName !== undefined && { friendlyName }),
    access,
    ...(defaultTableExpirationMs !== undefined && { defaultTableExpirationMs }),
    ...(defaultPartitionExpirationMs !== undefined && { defaultPartitionExpirationMs }),
    ...(maxTimeTravelHours !== undefined && { maxTimeTravelHours }),
    ...(storageBillingModel !== undefined && { storageBillingModel }),
    location,
    creationTime: String(creationTime),
    lastModifiedTime: String(lastModifiedTime),
    type: 'DEFAULT',
  }
}
