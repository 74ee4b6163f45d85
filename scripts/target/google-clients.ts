import { BigQuery } from '@google-cloud/bigquery'
import { PubSub } from '@google-cloud/pubsub'
import type { Target } from '@tablestream/ledger'

export function openBigQuery({ projectId }: Target): BigQuery {
  return new BigQuery({ projectId })
}

export function openPubSub({ projectId }: Target): PubSub {
  return new PubSub({ projectId })
}
