let nextId = 1

/** A request of Eventarc to table-manager, as fastify's `inject` takes it. */
export function delivery(event: object, id = nextId++) {
  return {
    method: 'POST' as const,
    url: '/',
    headers: {
      'content-type': 'application/json',
      'ce-id': String(id),
      'ce-source': '//pubsub.googleapis.com/projects/p/topics/t',
      'ce-specversion': '1.0',
      'ce-type': 'google.cloud.pubsub.topic.v1.messagePublished',
    },
    payload: {
      message: {
        data: Buffer.from(JSON.stringify(event)).toString('base64'),
        messageId: String(id),
        publishTime: '2026-01-01T00:00:00Z',
      },
    },
  }
}
