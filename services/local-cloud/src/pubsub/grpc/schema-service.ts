import type { GrpcServer } from '../../grpc/grpc-server.ts'
import type { Trouble } from '../../faults/faults.ts'
import { protoValues } from '../resources/json-values.ts'
import { inTurn, pageOf, placeOf } from '../resources/page.ts'
import { v1 } from './protos.ts'
import type { PubSub } from '../pubsub.ts'
import { empty, nameOf, ServiceTable } from './service-table.ts'
import { isFull, readType, schemaJson } from '../schemas/schema-json.ts'
import type { Described } from '../schemas/schemas.ts'
import { readSchema, validateMessage } from '../schemas/validate.ts'

/** Adds google.pubsub.v1.SchemaService. */
export function addSchemaService(server: GrpcServer, { schemas }: PubSub, trouble: Trouble): void {
  const service = new ServiceTable('google.pubsub.v1.SchemaService', trouble)
  const json = (schema: Described, full = true) => protoValues(schemaJson(schema, full))

  service.unary('CreateSchema', v1.CreateSchemaRequest, v1.Schema, ({ parent, schemaId, schema }) =>
    json(schemas.create(`${parent}/schemas/${schemaId}`, readType(schema?.type), schema?.definition ?? '')),
  )
  service.unary('GetSchema', v1.GetSchemaRequest, v1.Schema, ({ name, view }) =>
    json(schemas.get(name), isFull(view, true)),
  )
  service.unary('ListSchemas', v1.ListSchemasRequest, v1.ListSchemasResponse, (request) => {
    const { items, nextPageToken } = pageOf(schemas.list(request.parent), nameOf, request)
    return { schemas: items.map((schema) => json(schema, isFull(request.view, false))), nextPageToken }
  })
  service.unary(
    'ListSchemaRevisions',
    v1.ListSchemaRevisionsRequest,
    v1.ListSchemaRevisionsResponse,
    (request) => {
      const { items, nextPageToken } = pageOf(inTurn(schemas.revisions(request.name)), placeOf, request)
      return { schemas: items.map(({ item }) => json(item, isFull(request.view, false))), nextPageToken }
    },
  )
  service.unary('CommitSchema', v1.CommitSchemaRequest, v1.Schema, ({ name, schema }) =>
    json(schemas.commit(name, readType(schema?.type), schema?.definition ?? '')),
  )
  service.unary('RollbackSchema', v1.RollbackSchemaRequest, v1.Schema, ({ name, revisionId }) =>
    json(schemas.rollback(name, revisionId)),
  )
  service.unary('DeleteSchemaRevision', v1.DeleteSchemaRevisionRequest, v1.Schema, ({ name }) =>
    json(schemas.deleteRevision(name)),
  )
  service.unary('DeleteSchema', v1.DeleteSchemaRequest, empty, ({ name }) => {
    schemas.delete(name)
    return {}
  })
  service.unary('ValidateSchema', v1.ValidateSchemaRequest, v1.ValidateSchemaResponse, ({ schema }) => {
    readSchema(schema)
    return {}
  })
  service.unary('ValidateMessage', v1.ValidateMessageRequest, v1.ValidateMessageResponse, (request) => {
    validateMessage(schemas, request, Buffer.from(request.message as Uint8Array))
    return {}
  })
  service.addTo(server)
}
