/** A message as it goes to the topic. */
export interface OutgoingMessage {
  readonly data: Buffer
  readonly attributes: Readonly<Record<string, string>>
}

/** What the attributes of an event's message say of it, by the CloudEvents Pub/Sub binding in binary mode. */
export interface EventAttributes {
  readonly eventType: string
  /** Becomes `event_id`, where the event gives none itself. */
  readonly id: string
  /** RFC 3339. */
  readonly time: string
  readonly source: string
}

/**
 * An event as a Pub/Sub message: its JSON as data; CloudEvents attributes and `event_type` as attributes, so that a subscription
 * can filter by them.
 */
export function eventMessage(
  data: Buffer,
  { eventType, id, time, source }: EventAttributes,
  more: Readonly<Record<string, string>> = {},
): OutgoingMessage {
  return {
    data,
    attributes: {
      'ce-specversion': '1.0',
      'ce-id': id,
      'ce-type': eventType,
      'ce-source': source,
      'ce-time': time,
      'content-type': 'application/json',
      event_type: eventType,
      ...more,
    },
  }
}
