import { CloudEvent } from 'cloudevents'
import type { OutgoingMessage } from './publisher.ts'

/**
 * An event as a Pub/Sub message: JSON as data; CloudEvents attributes by the Pub/Sub binding (binary mode) and
 * `event_type` as attributes, so that a subscription can filter by them.
 */
export function messageOfEvent(
  event: { readonly event_type: string },
  { id, time, source }: { readonly id: string; readonly time: Date; readonly source: string },
): OutgoingMessage {
  const envelope = new CloudEvent({ id, time: time.toISOString(), source, type: event.event_type })
  return {
    data: Buffer.from(JSON.stringify(event)),
    attributes: {
      'ce-specversion': envelope.specversion,
      'ce-id': envelope.id,
      'ce-type': envelope.type,
      'ce-source': envelope.source,
      'ce-time': envelope.time!,
      'content-type': 'application/json',
      event_type: event.event_type,
    },
  }
}
