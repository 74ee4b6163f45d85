import type { FastifyInstance } from 'fastify'
import type { BigQueryParts } from './bigquery-parts.ts'
import type { Dataset } from './datasets.ts'
import { checkDataset } from './job-options.ts'
import { byLabels } from './list-page.ts'
import { datasetOf, listOf, projectOf, type Body, type Query } from './requests.ts'

/** Projects and datasets. */
export function addDatasets(app: FastifyInstance, { catalog }: BigQueryParts): void {
  app.get('/projects', () => ({
    kind: 'bigquery#projectList',
    projects: catalog.datasets
      .projects()
      .map((id) => ({ kind: 'bigquery#project', id, projectReference: { projectId: id } })),
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
    const { datasetReference, labels, description, location } = body as {
      datasetReference?: { datasetId?: string }
      labels?: Record<string, string>
      description?: string
      location?: string
    }
    const created = await catalog.datasets.create({
      projectId: projectOf(request),
      datasetId: datasetReference?.datasetId ?? '',
      ...(labels && { labels }),
      ...(description !== undefined && { description }),
      ...(location !== undefined && { location }),
    })
    return datasetResource(created)
  })
  const one = '/projects/:project/datasets/:dataset'
  app.get(one, (request) => datasetResource(catalog.datasets.get(projectOf(request), datasetOf(request))))
  app.patch(one, async (request) => {
    checkDataset(request.body as Body)
    const { labels, description } = request.body as { labels?: Record<string, string>; description?: string }
    const dataset = catalog.datasets.get(projectOf(request), datasetOf(request))
    return datasetResource(
      await catalog.datasets.update(
        dataset,
        {
          ...(labels && { labels: { ...dataset.labels, ...labels } }),
          ...(description !== undefined && { description }),
        },
        request.headers['if-match'],
      ),
    )
  })
  app.delete(one, async (request, reply) => {
    const deleteContents = /^true$/i.test((request.query as Query)['deleteContents'] ?? '')
    await catalog.deleteDataset(projectOf(request), datasetOf(request), deleteContents)
    return reply.code(204).send()
  })
}

function datasetResource(dataset: Dataset): object {
  const { projectId, datasetId, labels, description, location, etag, creationTime, lastModifiedTime } =
    dataset
  return {
    kind: 'bigquery#dataset',
    etag,
    id: `${projectId}:${datasetId}`,
    datasetReference: { projectId, datasetId },
    labels,
    ...(description !== undefined && { description }),
    location,
    creationTime: String(creationTime),
    lastModifiedTime: String(lastModifiedTime),
    type: 'DEFAULT',
  }
}
