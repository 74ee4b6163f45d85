import { GoogleError } from '../../google-error.ts'
import { wants, type Attached } from '../delivery/attached.ts'
import type { Journal } from '../messages/journal.ts'
import type { StoredMessage } from '../messages/stored-message.ts'
import { idOf } from '../resources/names.ts'
import type { Snapshot } from './snapshots.ts'
import type { Topic } from './topics.ts'

/**
 * Seek to a time: what is retained and was published then or later is not acked; all before is. Messages to come are not
 * touched, if the time lies ahead.
 */
export function seekToTime(
  attached: Attached,
  topic: Topic | undefined,
  time: number,
  journal?: Journal,
): void {
  const all = new Map<string, StoredMessage>()
  const candidates = [
    topic?.retained?.all() ?? [],
    attached.retained?.all() ?? [],
    attached.subscription.inOrder(),
  ]
  for (const message of candidates.flat())
    if (message.publishTime >= time && wants(attached, message)) all.set(message.id, message)
  startOver(attached, all, journal)
}

/** @throws GoogleError INVALID_ARGUMENT where the snapshot is one of another topic */
export function seekToSnapshot(attached: Attached, { config, messages }: Snapshot, journal?: Journal): void {
  if (config.topic !== attached.subscription.config.topic) {
    throw new GoogleError(
      'INVALID_ARGUMENT',
      `The snapshot is one of another topic than the subscription's (resource=${idOf(config.name)}).`,
    )
  }
  const wanted = messages.all().filter((message) => wants(attached, message))
  startOver(attached, new Map(wanted.map((message) => [message.id, message])), journal)
}

function startOver(attached: Attached, wanted: ReadonlyMap<string, StoredMessage>, journal?: Journal): void {
  const { subscription, key } = attached
  const before = subscription.inOrder()
  // first what can fail: on a full disk nothing has changed
  journal?.held(key, [...wanted.keys()])
  for (const { id } of before) if (!wanted.has(id)) journal?.settled(key, id)
  journal?.flush()
  subscription.startOver([...wanted.values()].toSorted((a, b) => Number(a.id) - Number(b.id)))
}
