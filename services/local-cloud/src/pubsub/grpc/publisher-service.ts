import type { GrpcServer } from '../../grpc/grpc-server.ts'
import type { Trouble } from '../../faults/faults.ts'
import { protoValues } from '../resources/json-values.ts'
import { splitPublishRequest } from '../messages/message.ts'
import { pageOf } from '../resources/page.ts'
import { v1 } from './protos.ts'
import { encodePublishResponse } from './publish-response.ts'
import type { PubSub } from '../pubsub.ts'
import { empty, nameOf, plain, ServiceTable } from './service-table.ts'
import type { TopicConfig } from '../resources/topic-config.ts'
import { readTopic, topicJson } from '../json/topic-json.ts'
import { applyMask, TOPIC_CHANGES } from '../json/update-mask.ts'

/** Adds google.pubsub.v1.Publisher. */
export function addPublisher(server: GrpcServer, cloud: PubSub, trouble: Trouble): void {
  const { registry, snapshots } = cloud
  const service = new ServiceTable('google.pubsub.v1.Publisher', trouble)
  const topic = (config: TopicConfig) => protoValues(topicJson(config))

  service.unary('CreateTopic', v1.Topic, v1.Topic, (request) =>
    topic(registry.topics.create(readTopic(plain(request)))),
  )
  service.unary('UpdateTopic', v1.UpdateTopicRequest, v1.Topic, ({ topic: change, updateMask }) => {
    const before = topicJson(registry.topics.get(change?.name ?? '').config)
    const after = applyMask(before, plain(change), updateMask?.paths ?? [], TOPIC_CHANGES)
    return topic(registry.topics.update(readTopic(after)))
  })
  service.raw('Publish', (bytes) => {
    const { topic: name, bodies } = splitPublishRequest(bytes)
    return encodePublishResponse(cloud.publish(name, bodies))
  })
  service.unary('GetTopic', v1.GetTopicRequest, v1.Topic, ({ topic: name }) =>
    topic(registry.topics.get(name).config),
  )
  service.unary('ListTopics', v1.ListTopicsRequest, v1.ListTopicsResponse, (request) => {
    const { items, nextPageToken } = pageOf(registry.topics.list(request.project), nameOf, request)
    return { topics: items.map(topic), nextPageToken }
  })
  service.unary(
    'ListTopicSubscriptions',
    v1.ListTopicSubscriptionsRequest,
    v1.ListTopicSubscriptionsResponse,
    (request) => {
      const { items, nextPageToken } = pageOf(
        [...registry.topics.get(request.topic).subscriptions],
        String,
        request,
      )
      return { subscriptions: items, nextPageToken }
    },
  )
  service.unary(
    'ListTopicSnapshots',
    v1.ListTopicSnapshotsRequest,
    v1.ListTopicSnapshotsResponse,
    (request) => {
      const { items, nextPageToken } = pageOf(snapshots.ofTopic(request.topic), String, request)
      return { snapshots: items, nextPageToken }
    },
  )
  service.unary('DeleteTopic', v1.DeleteTopicRequest, empty, ({ topic: name }) => {
    registry.deleteTopic(name)
    return {}
  })
  service.unary(
    'DetachSubscription',
    v1.DetachSubscriptionRequest,
    v1.DetachSubscriptionResponse,
    ({ subscription }) => {
      registry.detachSubscription(subscription)
      return {}
    },
  )
  service.addTo(server)
}
