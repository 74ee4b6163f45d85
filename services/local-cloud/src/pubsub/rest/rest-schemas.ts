import type { FastifyInstance } from 'fastify'
import { inTurn, placeOf } from '../resources/page.ts'
import { readProtoJson, SCHEMA_SHAPE, VERB_SHAPES } from '../json/proto-json.ts'
import type { PubSub } from '../pubsub.ts'
import { iamMethods } from './rest-iam.ts'
import { readBase64 } from './rest-messages.ts'
import { addList, addMethods, page } from './rest-methods.ts'
import { nameOf } from '../grpc/service-table.ts'
import { isFull, readType, schemaJson } from '../schemas/schema-json.ts'
import { readSchema, validateMessage } from '../schemas/validate.ts'

interface SchemaBody {
  readonly type?: string
  readonly definition?: string
}

interface InProject {
  Params: { project: string }
  Querystring: Record<string, string | undefined>
}

export function addSchemasRest(app: FastifyInstance, cloud: PubSub): void {
  const { schemas } = cloud
  const iam = iamMethods(cloud)
  addList(
    app,
    'schemas',
    'schemas',
    ({ project }) => schemas.list(`projects/${project}`),
    nameOf,
    (schema, { view }) => schemaJson(schema, isFull(view, false)),
  )
  app.post<InProject>('/v1/projects/:project/schemas', ({ params, query, body }) => {
    const { type, definition } = readProtoJson(body, SCHEMA_SHAPE) as SchemaBody
    const name = `projects/${params.project}/schemas/${query['schemaId'] ?? ''}`
    return schemaJson(schemas.create(name, readType(type), definition ?? ''), true)
  })
  app.post<InProject>('/v1/projects/:project/schemas::validate', ({ body }) => {
    const { schema } = readProtoJson(body, VERB_SHAPES.validate) as { schema?: SchemaBody }
    readSchema(schema)
    return {}
  })
  app.post<InProject>('/v1/projects/:project/schemas::validateMessage', ({ body }) => {
    const request = readProtoJson(body, VERB_SHAPES.validateMessage) as ValidateBody
    validateMessage(schemas, request, readBase64('message', request.message ?? ''))
    return {}
  })
  addMethods(app, 'GET', 'schemas', {
    ...iam.GET,
    '': [{}, (name, _, { query }) => schemaJson(schemas.get(name), isFull(query['view'], true))],
    listRevisions: [
      {},
      (name, _, { query }) => {
        const full = isFull(query['view'], false)
        const { items, ...next } = page(inTurn(schemas.revisions(name)), placeOf, query)
        return { schemas: items.map(({ item }) => schemaJson(item, full)), ...next }
      },
    ],
  })
  addMethods(app, 'POST', 'schemas', {
    ...iam.POST,
    commit: [
      VERB_SHAPES.commit,
      (name, { schema }: { schema?: SchemaBody }) =>
        schemaJson(schemas.commit(name, readType(schema?.type), schema?.definition ?? ''), true),
    ],
    rollback: [
      VERB_SHAPES.rollback,
      (name, { revisionId }: { revisionId?: string }) =>
        schemaJson(schemas.rollback(name, revisionId ?? ''), true),
    ],
  })
  addMethods(app, 'DELETE', 'schemas', {
    '': [
      {},
      (name) => {
        schemas.delete(name)
        return {}
      },
    ],
    deleteRevision: [{}, (name) => schemaJson(schemas.deleteRevision(name), true)],
  })
}

interface ValidateBody {
  readonly name?: string
  readonly schema?: SchemaBody
  readonly message?: string
  readonly encoding?: string
}
