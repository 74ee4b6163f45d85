// Whoever calls makes the clients: here are their types alone.
export type { BigQuery } from '@google-cloud/bigquery'
export type { PubSub, Topic } from '@google-cloud/pubsub'
