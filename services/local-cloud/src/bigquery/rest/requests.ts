import type { FastifyRequest } from 'fastify'
import type { CellFormat } from '../values/cells.ts'
import { BigQueryError } from '../errors.ts'
import type { ResultPage } from '../results/result-page.ts'
import { pageOfList } from './list-page.ts'
import type { TableReference } from '../table/table.ts'

export type Query = Readonly<Record<string, string | undefined>>
export type Body = Readonly<Record<string, unknown>>

/** A page of a list, under the name that it has in the answer. */
export function listOf<T>(
  name: string,
  request: FastifyRequest,
  items: readonly T[],
  resource: (item: T) => object,
): object {
  const { page, next } = pageOfList(items, request.query as Query)
  return { [name]: page.map(resource), ...next }
}

interface Params {
  readonly project: string
  readonly dataset: string
  readonly table: string
  readonly job: string
}

const paramsOf = (request: FastifyRequest): Params => request.params as Params
export const projectOf = (request: FastifyRequest): string => paramsOf(request).project
export const datasetOf = (request: FastifyRequest): string => paramsOf(request).dataset
export const jobOf = (request: FastifyRequest): string => paramsOf(request).job

export function referenceOf(request: FastifyRequest): TableReference {
  const { project, dataset, table } = paramsOf(request)
  return { projectId: project, datasetId: dataset, tableId: table }
}

export function pageOf(query: Query): ResultPage {
  const maxResults = query['maxResults']
  const startIndex = query['pageToken'] ?? query['startIndex']
  const format = formatOf({
    useInt64Timestamp: /^true$/i.test(query['formatOptions.useInt64Timestamp'] ?? ''),
    timestampOutputFormat: query['formatOptions.timestampOutputFormat'],
  })
  return {
    format,
    ...(maxResults !== undefined && { maxResults: Number(maxResults) }),
    ...(startIndex !== undefined && { startIndex: Number(startIndex) }),
  }
}

const TIMESTAMPS: Readonly<Record<string, CellFormat['timestamps']>> = {
  TIMESTAMP_OUTPUT_FORMAT_UNSPECIFIED: 'FLOAT64',
  FLOAT64: 'FLOAT64',
  INT64: 'INT64',
  ISO8601_STRING: 'ISO8601',
}

/** DataFormatOptions. @throws BigQueryError invalid */
export function formatOf({
  useInt64Timestamp = false,
  timestampOutputFormat = 'TIMESTAMP_OUTPUT_FORMAT_UNSPECIFIED',
}: {
  readonly useInt64Timestamp?: boolean | undefined
  readonly timestampOutputFormat?: string | undefined
}): CellFormat {
  const timestamps = TIMESTAMPS[timestampOutputFormat]
  if (timestamps === undefined)
    throw new BigQueryError('invalid', `Invalid value for timestampOutputFormat: ${timestampOutputFormat}`)
  if (!useInt64Timestamp) return { timestamps }
  // what Google answers (nodejs-bigquery's system tests), except where the two say the same
  if (timestamps !== 'INT64' && timestampOutputFormat !== 'TIMESTAMP_OUTPUT_FORMAT_UNSPECIFIED') {
    const message = 'Cannot specify both use_int64_timestamp and timestamp_output_format.'
    throw new BigQueryError('invalid', message)
  }
  return { timestamps: 'INT64' }
}
