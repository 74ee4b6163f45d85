import { createRequire } from 'node:module'
import type { TextDecoder as TextDecoderType } from 'node:util'

/**
 * DuckDB's client reads text with a decoder that drops a U+FEFF at the beginning of a value. It is part of the value: the decoder
 * that all its vectors share is replaced with one that keeps it.
 */
export function keepByteOrderMarks(): void {
  const shared = createRequire(import.meta.url)('@duckdb/node-api/lib/vectors/dataAccessors.js') as {
    textDecoder: TextDecoderType
  }
  shared.textDecoder = new TextDecoder('utf-8', { ignoreBOM: true })
}
