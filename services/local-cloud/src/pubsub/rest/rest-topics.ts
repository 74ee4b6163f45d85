import type { FastifyInstance } from 'fastify'
import { TOPIC_SHAPE, TOPIC_UPDATE, VERB_SHAPES } from '../json/proto-json.ts'
import { bodiesOf } from '../messages/published.ts'
import type { PubSub } from '../pubsub.ts'
import { iamMethods } from './rest-iam.ts'
import { readMessage, type RestMessage } from './rest-messages.ts'
import { addList, addMethods, maskOf } from './rest-methods.ts'
import { nameOf } from '../grpc/service-table.ts'
import { readTopic, topicJson, type TopicResource } from '../json/topic-json.ts'
import { applyMask, TOPIC_CHANGES } from '../json/update-mask.ts'

export function addTopicsRest(app: FastifyInstance, cloud: PubSub): void {
  const { registry, snapshots } = cloud
  const iam = iamMethods(cloud)
  const topics = ({ project }: { project: string }) => registry.topics.list(`projects/${project}`)
  addList(app, 'topics', 'topics', topics, nameOf, topicJson)
  addList(
    app,
    'topics/:id/subscriptions',
    'subscriptions',
    (at) => [...registry.topics.get(nameIn(at)).subscriptions],
    String,
    String,
  )
  addList(app, 'topics/:id/snapshots', 'snapshots', (at) => snapshots.ofTopic(nameIn(at)), String, String)
  addMethods(app, 'PUT', 'topics', {
    '': [
      TOPIC_SHAPE,
      (name, body: TopicResource) => topicJson(registry.topics.create(readTopic({ ...body, name }))),
    ],
  })
  addMethods(app, 'GET', 'topics', {
    ...iam.GET,
    '': [{}, (name) => topicJson(registry.topics.get(name).config)],
  })
  addMethods(app, 'PATCH', 'topics', {
    '': [
      TOPIC_UPDATE,
      (name, { topic, updateMask }: { topic: TopicResource; updateMask?: string }, call) => {
        const before = topicJson(registry.topics.get(name).config) as TopicResource
        const after = applyMask(before, topic, maskOf(updateMask, call), TOPIC_CHANGES)
        return topicJson(registry.topics.update(readTopic(after)))
      },
    ],
  })
  addMethods(app, 'DELETE', 'topics', {
    '': [
      {},
      (name) => {
        registry.deleteTopic(name)
        return {}
      },
    ],
  })
  addMethods(app, 'POST', 'topics', {
    ...iam.POST,
    publish: [
      VERB_SHAPES.publish,
      (name, { messages }: { messages?: RestMessage[] }) => ({
        messageIds: cloud.publish(name, bodiesOf((messages ?? []).map(readMessage))).all(),
      }),
    ],
  })
}

function nameIn({ project, id }: { project: string; id: string }): string {
  return `projects/${project}/topics/${id}`
}
