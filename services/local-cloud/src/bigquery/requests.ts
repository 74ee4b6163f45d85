import type { FastifyRequest } from 'fastify'
import type { CellFormat } from './cells.ts'
import type { ResultPage } from './job-response.ts'
import { pageOfList } from './list-page.ts'
import type { TableReference } from './table.ts'

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
  const format: CellFormat = { int64Timestamp: query['formatOptions.useInt64Timestamp'] === 'true' }
  return {
    format,
    ...(maxResults !== undefined && { maxResults: Number(maxResults) }),
    ...(startIndex !== undefined && { startIndex: Number(startIndex) }),
  }
}
