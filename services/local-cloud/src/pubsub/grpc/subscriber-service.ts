import type { GrpcServer } from '../../grpc/grpc-server.ts'
import type { Trouble } from '../../faults/faults.ts'
import { protoValues } from '../resources/json-values.ts'
import { pageOf } from '../resources/page.ts'
import { v1 } from './protos.ts'
import type { PubSub } from '../pubsub.ts'
import { checkMaxMessages, waitForMessages } from '../subscriptions/pull.ts'
import { readPush } from '../json/push-json.ts'
import { encodeReceivedMessages } from '../messages/received-messages.ts'
import { empty, nameOf, plain, ServiceTable } from './service-table.ts'
import { checkConfirmed } from '../subscriptions/settlements.ts'
import { addSnapshotMethods } from './snapshot-methods.ts'
import { StreamingPull } from './streaming-pull.ts'
import type { SubscriptionConfig } from '../resources/subscription-config.ts'
import { readSubscription, subscriptionJson } from '../json/subscription-json.ts'
import { applyMask, SUBSCRIPTION_CHANGES } from '../json/update-mask.ts'

/** Adds google.pubsub.v1.Subscriber. */
export function addSubscriber(
  server: GrpcServer,
  cloud: PubSub,
  trouble: Trouble,
  pullStreamAgeMs?: number,
): void {
  const { registry, settlements } = cloud
  const service = new ServiceTable('google.pubsub.v1.Subscriber', trouble)
  const subscription = (config: SubscriptionConfig) =>
    protoValues(subscriptionJson(config, registry.topicRetention(config)))

  service.unary('CreateSubscription', v1.Subscription, v1.Subscription, (request) =>
    subscription(registry.createSubscription(readSubscription(plain(request)))),
  )
  service.unary('UpdateSubscription', v1.UpdateSubscriptionRequest, v1.Subscription, (request) => {
    const change = plain(request.subscription)
    const before = subscriptionJson(registry.getSubscription(request.subscription?.name ?? ''))
    const after = applyMask(before, change, request.updateMask?.paths ?? [], SUBSCRIPTION_CHANGES)
    return subscription(registry.updateSubscription(readSubscription(after)))
  })
  service.unary('GetSubscription', v1.GetSubscriptionRequest, v1.Subscription, ({ subscription: name }) =>
    subscription(registry.getSubscription(name)),
  )
  service.unary('ListSubscriptions', v1.ListSubscriptionsRequest, v1.ListSubscriptionsResponse, (request) => {
    const { items, nextPageToken } = pageOf(registry.listSubscriptions(request.project), nameOf, request)
    return { subscriptions: items.map(subscription), nextPageToken }
  })
  service.unary('DeleteSubscription', v1.DeleteSubscriptionRequest, empty, ({ subscription: name }) => {
    registry.deleteSubscription(name)
    return {}
  })
  service.unary(
    'ModifyPushConfig',
    v1.ModifyPushConfigRequest,
    empty,
    ({ subscription: name, pushConfig }) => {
      const { push: _, ...config } = registry.getSubscription(name)
      const push = readPush(plain(pushConfig))
      registry.updateSubscription(push.endpoint === '' ? config : { ...config, push })
      return {}
    },
  )
  service.unary('Acknowledge', v1.AcknowledgeRequest, empty, ({ subscription: name, ackIds }) => {
    checkConfirmed(settlements.acknowledge(registry.subscription(name), ackIds))
    return {}
  })
  service.unary('ModifyAckDeadline', v1.ModifyAckDeadlineRequest, empty, (request) => {
    const { subscription: name, ackIds, ackDeadlineSeconds } = request
    const subscribed = registry.subscription(name)
    checkConfirmed(settlements.modifyAckDeadline(subscribed, ackIds, ackDeadlineSeconds))
    return {}
  })
  service.raw('Pull', async (bytes, call) => {
    const { subscription: name, maxMessages, returnImmediately } = v1.PullRequest.decode(bytes)
    checkMaxMessages(maxMessages)
    return encodeReceivedMessages(
      await waitForMessages(registry.pulled(name), maxMessages, returnImmediately, {
        onGone(listener) {
          if (call.cancelled) listener()
          else call.on('cancelled', listener)
        },
      }),
    )
  })
  service.stream('StreamingPull', (call) => new StreamingPull(cloud, call, trouble, pullStreamAgeMs).start())
  addSnapshotMethods(service, cloud)
  service.addTo(server)
}
