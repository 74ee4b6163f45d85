const DECODER = new TextDecoder('utf-8', { ignoreBOM: true })

/** UTF-8 of bytes as text, U+FFFD for each that is no UTF-8. No text, since DuckDB's binding would end one at its first U+0000. */
export function utf8OfBytes(bytes: Uint8Array): Uint8Array {
  return Buffer.from(DECODER.decode(bytes))
}

/** DuckDB's SQL for the text of bytes: nearly all are UTF-8. @param bytes SQL of a BLOB, named more than once */
export function textOfBytesCall(bytes: string): string {
  return `coalesce(TRY(decode(${bytes})), decode(utf8_of_bytes(${bytes})))`
}
