import type { FastifyInstance } from 'fastify'
import type { PubSub } from '../pubsub.ts'
import { addCertificatesRest } from './rest-certificates.ts'
import { addSnapshotsRest } from './rest-snapshots.ts'
import { addSubscriptionsRest } from './rest-subscriptions.ts'
import { addTopicsRest } from './rest-topics.ts'
import { addSchemasRest } from './rest-schemas.ts'

/** The REST surface that gcloud and other HTTP clients use, on the port of the gRPC services. */
export function addPubSubRest(app: FastifyInstance, cloud: PubSub): void {
  addTopicsRest(app, cloud)
  addSubscriptionsRest(app, cloud)
  addSnapshotsRest(app, cloud)
  addSchemasRest(app, cloud)
  addCertificatesRest(app, cloud.tokens)
}
