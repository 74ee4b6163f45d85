import type { Field, Row } from './bigquery-rest.ts'
import { isNested, jsonOf, plainText } from './cell-text.ts'

/** RFC 4180: what has a quote, a comma or a line break in it is quoted. NULL is an empty field, an empty text is "". */
export function csvHead(fields: readonly Field[]): string {
  return fields.map(({ name }) => quoted(name)).join(',')
}

/** A value that has others in it is JSON. */
export function csvRow(fields: readonly Field[], { f }: Row): string {
  return fields
    .map((field, at) => {
      const value = f[at]?.v
      if (value === null || value === undefined) return ''
      return quoted(isNested(field) ? jsonOf(field, value) : plainText(field, value))
    })
    .join(',')
}

function quoted(text: string): string {
  return text === '' || /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}
