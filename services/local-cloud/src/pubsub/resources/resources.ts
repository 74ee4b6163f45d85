import type { Policy } from './iam-policy.ts'
import type { PushFormat } from './push-format.ts'
import type { SavedSchema } from './schema-revision.ts'
import type { SnapshotConfig } from './snapshot-config.ts'
import type { SubscriptionConfig } from './subscription-config.ts'
import type { TopicConfig } from './topic-config.ts'

/** What there is, as it is kept over a restart. A key is what the journal calls a subscription or who retains messages. */
export interface Resources {
  readonly topics: readonly (TopicConfig & { readonly retainedKey?: number })[]
  readonly subscriptions: readonly {
    readonly config: SubscriptionConfig
    readonly format: PushFormat
    readonly key: number
    readonly retainedKey?: number
  }[]
  readonly snapshots?: readonly { readonly config: SnapshotConfig; readonly key: number }[]
  readonly schemas?: readonly SavedSchema[]
  /** By the name of the resource. */
  readonly policies?: Readonly<Record<string, Policy>>
}
