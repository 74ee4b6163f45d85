import { shorten, type Message, type Rejection } from '@tablestream/contract'
import { toJsonText } from '@tablestream/table-schema'

/** @param first the event that has the id, where it is still known which one that is */
export function collision(eventId: string, first: Message | undefined): Rejection {
  const which = first
    ? `: message ${first.messageId}, published ${first.publishTime}`
    : ', which landed before'
  return {
    reason: 'event_id_collision',
    path: '/event_id',
    value: shorten(toJsonText(eventId)),
    message: `another event of the same type and source has this id, and other bytes${which}`,
  }
}
