import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { BigQueryParts } from './bigquery-parts.ts'
import { BigQueryError } from '../errors.ts'
import { checkRoutine } from '../queries/check-routine.ts'
import { datasetOf, listOf, projectOf } from './requests.ts'
import { readRoutine, routineResource, type RoutineReference } from '../catalog/routine.ts'

/** Routines; and models, of which there is none: CREATE MODEL is refused. */
export function addRoutines(app: FastifyInstance, { catalog }: BigQueryParts): void {
  const { routines, datasets } = catalog
  const all = '/projects/:project/datasets/:dataset/routines'
  app.get(all, (request) =>
    listOf('routines', request, routines.of(projectOf(request), datasetOf(request)), routineResource),
  )
  app.post(all, async (request) => {
    const body = request.body as { routineReference?: Partial<RoutineReference> }
    const reference = {
      projectId: projectOf(request),
      datasetId: datasetOf(request),
      routineId: body.routineReference?.routineId ?? '',
    }
    checkRoutine(catalog, reference, readRoutine(body))
    return routineResource(await routines.create(reference, body))
  })
  const one = `${all}/:routine`
  app.get(one, (request) => routineResource(routines.get(referenceOf(request))))
  app.put(one, async (request) => {
    const reference = referenceOf(request)
    checkRoutine(catalog, reference, readRoutine(request.body as object))
    return routineResource(
      await routines.update(reference, request.body as object, request.headers['if-match']),
    )
  })
  app.delete(one, async (request, reply) => {
    await routines.delete(referenceOf(request))
    return reply.code(204).send()
  })
  const models = '/projects/:project/datasets/:dataset/models'
  app.get(models, (request) => {
    datasets.get(projectOf(request), datasetOf(request))
    return {}
  })
  app.all(`${models}/:model`, (request) => {
    const { model } = request.params as { model: string }
    datasets.get(projectOf(request), datasetOf(request))
    const message = `Not found: Model ${projectOf(request)}:${datasetOf(request)}.${model}`
    throw new BigQueryError('notFound', message)
  })
}

function referenceOf(request: FastifyRequest): RoutineReference {
  const { routine } = request.params as { routine: string }
  return { projectId: projectOf(request), datasetId: datasetOf(request), routineId: routine }
}
