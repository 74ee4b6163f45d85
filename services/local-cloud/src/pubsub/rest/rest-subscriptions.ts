import type { FastifyInstance } from 'fastify'
import { readTime } from '../resources/json-values.ts'
import { SUBSCRIPTION_SHAPE, SUBSCRIPTION_UPDATE, VERB_SHAPES } from '../json/proto-json.ts'
import type { PubSub } from '../pubsub.ts'
import { checkMaxMessages, waitForMessages } from '../subscriptions/pull.ts'
import { readPush, type PushResource } from '../json/push-json.ts'
import { iamMethods } from './rest-iam.ts'
import { receivedJson } from './rest-messages.ts'
import { addList, addMethods, maskOf } from './rest-methods.ts'
import { nameOf } from '../grpc/service-table.ts'
import { checkConfirmed } from '../subscriptions/settlements.ts'
import type { SubscriptionConfig } from '../resources/subscription-config.ts'
import { readSubscription, subscriptionJson, type SubscriptionResource } from '../json/subscription-json.ts'
import { applyMask, SUBSCRIPTION_CHANGES } from '../json/update-mask.ts'

interface PullBody {
  maxMessages?: number
  returnImmediately?: boolean
}

interface AckBody {
  ackIds?: string[]
  ackDeadlineSeconds?: number
}

export function addSubscriptionsRest(app: FastifyInstance, cloud: PubSub): void {
  const { registry, settlements } = cloud
  const iam = iamMethods(cloud)
  const json = (config: SubscriptionConfig) => subscriptionJson(config, registry.topicRetention(config))
  const all = ({ project }: { project: string }) => registry.listSubscriptions(`projects/${project}`)
  addList(app, 'subscriptions', 'subscriptions', all, nameOf, json)
  addMethods(app, 'PUT', 'subscriptions', {
    '': [
      SUBSCRIPTION_SHAPE,
      (name, body: SubscriptionResource) =>
        json(registry.createSubscription(readSubscription({ ...body, name }))),
    ],
  })
  addMethods(app, 'GET', 'subscriptions', {
    ...iam.GET,
    '': [{}, (name) => json(registry.getSubscription(name))],
  })
  addMethods(app, 'PATCH', 'subscriptions', {
    '': [
      SUBSCRIPTION_UPDATE,
      (name, body: { subscription: SubscriptionResource; updateMask?: string }, call) => {
        const before = subscriptionJson(registry.getSubscription(name)) as SubscriptionResource
        const mask = maskOf(body.updateMask, call)
        const after = applyMask(before, body.subscription, mask, SUBSCRIPTION_CHANGES)
        return json(registry.updateSubscription(readSubscription(after)))
      },
    ],
  })
  addMethods(app, 'DELETE', 'subscriptions', {
    '': [
      {},
      (name) => {
        registry.deleteSubscription(name)
        return {}
      },
    ],
  })
  addMethods(app, 'POST', 'subscriptions', {
    ...iam.POST,
    pull: [
      VERB_SHAPES.pull,
      async (name, { maxMessages = 0, returnImmediately = false }: PullBody, caller) => {
        checkMaxMessages(maxMessages)
        const leases = await waitForMessages(registry.pulled(name), maxMessages, returnImmediately, caller)
        return leases.length > 0 ? { receivedMessages: leases.map(receivedJson) } : {}
      },
    ],
    acknowledge: [
      VERB_SHAPES.acknowledge,
      (name, { ackIds }: AckBody) => {
        checkConfirmed(settlements.acknowledge(registry.subscription(name), ackIds ?? []))
        return {}
      },
    ],
    modifyAckDeadline: [
      VERB_SHAPES.modifyAckDeadline,
      (name, { ackIds, ackDeadlineSeconds }: AckBody) => {
        const subscription = registry.subscription(name)
        checkConfirmed(settlements.modifyAckDeadline(subscription, ackIds ?? [], ackDeadlineSeconds ?? 0))
        return {}
      },
    ],
    modifyPushConfig: [
      VERB_SHAPES.modifyPushConfig,
      (name, { pushConfig }: { pushConfig?: PushResource }) => {
        const { push: _, ...config } = registry.getSubscription(name)
        const push = readPush(pushConfig ?? {})
        registry.updateSubscription(push.endpoint === '' ? config : { ...config, push })
        return {}
      },
    ],
    seek: [
      VERB_SHAPES.seek,
      (name, { time, snapshot }: { time?: string; snapshot?: string }) => {
        cloud.seek(name, snapshot ?? (time === undefined ? undefined : readTime(time)))
        return {}
      },
    ],
    detach: [
      {},
      (name) => {
        registry.detachSubscription(name)
        return {}
      },
    ],
  })
}
