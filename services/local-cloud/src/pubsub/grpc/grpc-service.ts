import type { GrpcServer } from '../../grpc/grpc-server.ts'
import type { Trouble } from '../../faults/faults.ts'
import { addIamPolicy } from './iam-service.ts'
import { addPublisher } from './publisher-service.ts'
import type { PubSub } from '../pubsub.ts'
import { addSchemaService } from './schema-service.ts'
import { addSubscriber } from './subscriber-service.ts'

/** Adds Pub/Sub's gRPC services to a server. */
export function addPubSubServices(
  server: GrpcServer,
  cloud: PubSub,
  trouble: Trouble,
  pullStreamAgeMs?: number,
): void {
  addPublisher(server, cloud, trouble)
  addSubscriber(server, cloud, trouble, pullStreamAgeMs)
  addSchemaService(server, cloud, trouble)
  addIamPolicy(server, cloud, trouble)
}
