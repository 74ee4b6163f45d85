import type { Place } from './formats/index.ts'

/** Where a record stands in its source, in words. */
export function textOfPlace({ line, byte, row, rowGroup, block }: Place): string {
  const parts = [
    rowGroup !== undefined && `row group ${rowGroup}`,
    block !== undefined && `block at byte ${block}`,
    row !== undefined && `row ${row}`,
    line !== undefined && `line ${line}`,
    line === undefined && row === undefined && byte !== undefined && `byte ${byte}`,
  ]
  return parts.filter(Boolean).join(', ')
}
