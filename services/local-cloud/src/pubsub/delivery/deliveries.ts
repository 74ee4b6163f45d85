import type { Faults } from '../../faults/faults.ts'
import { endDelivery, type Attached } from './attached.ts'
import { FileDelivery, type FileDoor } from './file-delivery.ts'
import { PushDelivery } from './push-delivery.ts'
import type { PushFormat } from '../resources/push-format.ts'
import type { PushTokens } from './push-tokens.ts'
import { isHttpUrl, type SubscriptionConfig } from '../resources/subscription-config.ts'
import { TableDelivery, type TableDoor } from './table-delivery.ts'

export interface DeliveryOptions {
  readonly now: () => number
  readonly faults: Faults
  readonly tokens: PushTokens
  /** Where BigQuery subscriptions write. */
  readonly tables: TableDoor | undefined
  /** Where Cloud Storage subscriptions write. */
  readonly files: FileDoor | undefined
}

/** @throws GoogleError where what a subscription writes to is missing, or cannot take it */
export function checkDestination({ bigquery, storage }: SubscriptionConfig, options: DeliveryOptions): void {
  if (bigquery) options.tables?.check(bigquery)
  if (storage) options.files?.check(storage)
}

/** Begins to push, or to write to a table or to files, where the subscription says so. */
export function deliver(attached: Attached, format: PushFormat, options: DeliveryOptions): void {
  endDelivery(attached)
  const { now, faults, tokens, tables, files } = options
  const { subscription } = attached
  const { push, bigquery, storage } = subscription.config
  // an older version took endpoints that are no URL: a folder that has one opens, and nothing is pushed until it has another
  attached.push =
    push && isHttpUrl(push.endpoint)
      ? new PushDelivery(subscription, push, format, { faults, tokens })
      : undefined
  attached.writer =
    (bigquery && tables && new TableDelivery(subscription, bigquery, tables)) ||
    (storage && files && new FileDelivery(subscription, storage, files, now))
}

/** Whether messages go to another place than before. */
export function isElsewhere(before: SubscriptionConfig, after: SubscriptionConfig): boolean {
  const placeOf = ({ push, bigquery, storage }: SubscriptionConfig) =>
    JSON.stringify([push?.endpoint, bigquery, storage])
  return placeOf(before) !== placeOf(after)
}

export function isPulled({ push, bigquery, storage }: SubscriptionConfig): boolean {
  return !push && !bigquery && !storage
}
