import type { PushFormat } from './push-format.ts'
import type { SubscriptionConfig } from './subscription-config.ts'

export interface TopicConfig {
  readonly name: string
  readonly labels: Readonly<Record<string, string>>
  /** Kept and answered; a subscription's own retention is what is applied. */
  readonly messageRetentionDuration?: string
}

/** What there is, as it is kept over a restart. */
export interface Resources {
  readonly topics: readonly TopicConfig[]
  readonly subscriptions: readonly {
    readonly config: SubscriptionConfig
    readonly format: PushFormat
    /** Stable over restarts: what the journal calls the subscription. */
    readonly key: number
  }[]
}
