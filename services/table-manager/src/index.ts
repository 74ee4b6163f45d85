export { buildApp } from './app.ts'
export { createTables } from './bigquery/bigquery-tables.ts'
export { TableQueue } from './queue/table-queue.ts'
export type { TableChange } from './table-change.ts'
