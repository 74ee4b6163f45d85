export { buildApp } from './app.ts'
export { createTables } from './bigquery/bigquery-tables.ts'
export type { TableChange } from './table-change.ts'
