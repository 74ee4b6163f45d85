import type { BigQuery } from '@google-cloud/bigquery'

export type BigQueryClient = BigQuery

export interface BigQueryClientOptions {
  readonly projectId: string
  /** How long each call may take. */
  readonly callMs: number
  /** Whether the client itself tries again what may pass. */
  readonly tries: boolean
}

/** A client that is loaded and made by the first call: a writer that has nothing to ask does not pay for it. */
export function lazyBigQuery({
  projectId,
  callMs,
  tries,
}: BigQueryClientOptions): () => Promise<BigQueryClient> {
  let client: Promise<BigQuery> | undefined
  const open = async () => {
    const { BigQuery } = await import('@google-cloud/bigquery')
    const opened = new BigQuery({ projectId, ...(!tries && { autoRetry: false, maxRetries: 0 }) })
    opened.timeout = callMs
    return opened
  }
  return () => (client ??= open())
}
