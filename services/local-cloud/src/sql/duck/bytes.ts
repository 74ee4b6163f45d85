import { DuckDBBlobValue } from '@duckdb/node-api'
import type { Value } from './scalar-function.ts'

/** The bytes of a BLOB; what changes them makes a copy first. */
export const bytesOf = (value: Value): Uint8Array => (value as DuckDBBlobValue).bytes
export const blob = (bytes: Uint8Array): DuckDBBlobValue => new DuckDBBlobValue(bytes)
