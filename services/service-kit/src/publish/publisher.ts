import { Batches, type SendBatch } from './batches.ts'
import type { OutgoingMessage } from './event-message.ts'
import { openPublishCalls } from './open-publish-calls.ts'
import type { PublishCalls } from './publish-calls.ts'
import { PublishRequests } from './publish-request.ts'
import { publishSurely, type TryPublish } from './publish-surely.ts'

export interface Publisher {
  /**
   * Message ids in the order of the messages, once Pub/Sub has them all. Rejects when it has not: with MessageRefused where
   * that is for what is in them.
   *
   * @param lane messages of different lanes share no request, and do not wait for each other
   */
  publish(messages: readonly OutgoingMessage[], lane?: string): Promise<string[]>
  /** Rejects while the topic cannot be reached. */
  check(): Promise<void>
  close(): Promise<void>
}

export interface PublisherOptions {
  /** Messages of one request. */
  readonly mostMessages?: number
  /** Milliseconds until a publish without an answer has failed, with all its tries. */
  readonly longestMs?: number
  /** Called before each request is made: lets others go first. */
  readonly rest?: () => void
  /** Where Pub/Sub is asked: in this thread, where nothing is said. */
  readonly open?: () => Promise<PublishCalls>
  /** It is opened before anybody publishes. What fails then is tried anew by the first call. */
  readonly atOnce?: boolean
}

/** The client is made by the first call that needs it, unless it is wanted at once: a service that nobody asks opens no connection. */
export function createPublisher(
  projectId: string,
  topicName: string,
  {
    mostMessages,
    longestMs,
    rest,
    open = () => openPublishCalls(projectId, topicName),
    atOnce = false,
  }: PublisherOptions = {},
): Publisher {
  let opened: Promise<Opened> | undefined
  const openOnce = () =>
    (opened ??= openTopic(`projects/${projectId}/topics/${topicName}`, open, longestMs).catch((error) => {
      // who comes next tries it anew
      opened = undefined
      throw error
    }))
  // who calls is told
  if (atOnce) openOnce().catch(() => undefined)
  const lanes = new Map<string, Batches>()
  function laneOf(name: string, send: SendBatch): Batches {
    const known = lanes.get(name)
    if (known) return known
    const made = new Batches(send, mostMessages, rest)
    lanes.set(name, made)
    return made
  }
  return {
    async publish(messages, lane = '') {
      const { send } = await openOnce()
      return laneOf(lane, send).publish(messages)
    },
    async check() {
      const { calls } = await openOnce()
      if (!(await calls.exists()))
        throw new Error(`topic ${topicName} does not exist in project ${projectId}`)
    },
    async close() {
      // what could not be opened was told to who published, and has nothing to be closed
      const calls = await opened?.then(
        (topic) => topic.calls,
        () => undefined,
      )
      if (!calls) return
      await Promise.all([...lanes.values()].map((batches) => batches.settled()))
      await calls.close()
    },
  }
}

interface Opened {
  readonly calls: PublishCalls
  readonly send: SendBatch
}

async function openTopic(
  topic: string,
  open: () => Promise<PublishCalls>,
  longestMs: number | undefined,
): Promise<Opened> {
  const calls = await open()
  const requests = new PublishRequests(topic)
  // in a promise: what cannot be encoded is a failed try
  const tryPublish: TryPublish = async (messages, tryMs) => calls.publish(requests.encode(messages), tryMs)
  return { calls, send: (messages) => publishSurely(tryPublish, messages, longestMs) }
}
