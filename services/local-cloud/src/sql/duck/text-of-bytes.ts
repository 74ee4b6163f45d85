const DECODER = new TextDecoder('utf-8', { ignoreBOM: true })

/** Bytes as text, U+FFFD for each that is no UTF-8. */
export function textOfBytes(bytes: Uint8Array): string {
  return DECODER.decode(bytes)
}

/** DuckDB's SQL for it: nearly all bytes are UTF-8. @param bytes SQL of a BLOB, named more than once */
export function textOfBytesCall(bytes: string): string {
  return `coalesce(TRY(decode(${bytes})), text_of_bytes(${bytes}))`
}
