import type { LineWriter } from '../bigquery/table/line-writer.ts'
import { jsonColumn, LATEST_DAY, RowError } from '../bigquery/values/row-values.ts'
import { scalarText } from '../bigquery/values/scalar-text.ts'

/** @returns false where the value is none that it writes */
export type WriteVarint = (value: number, to: LineWriter) => boolean
export type WriteBytes = (row: Buffer, start: number, end: number, to: LineWriter) => boolean

export function writeText(row: Buffer, start: number, end: number, to: LineWriter): boolean {
  to.quoted(row, start, end)
  return true
}

export function writeBase64(row: Buffer, start: number, end: number, to: LineWriter): boolean {
  to.ascii(`"${row.toString('base64', start, end)}"`)
  return true
}

/** Text of a type that has rules: the other reader says which one is broken. */
export function checkedWriter(type: string): WriteBytes {
  return (row, start, end, to) => {
    const text = row.toString('utf8', start, end)
    try {
      to.text(type === 'JSON' ? jsonColumn(text, '') : scalarText(type, text, ''))
      return true
    } catch (error) {
      if (error instanceof RowError) return false
      throw error
    }
  }
}

export function writeInteger(value: number, to: LineWriter): boolean {
  to.integer(value)
  return true
}

export function writeBoolean(value: number, to: LineWriter): boolean {
  to.ascii(value === 0 ? 'false' : 'true')
  return true
}

/** Times of one second share their text up to the fraction. */
export function timestampWriter(): WriteVarint {
  let second = -1
  let text = ''
  return (micros, to) => {
    const seconds = Math.floor(micros / 1_000_000)
    if (seconds !== second) {
      second = seconds
      text = `"${new Date(seconds * 1000).toISOString().slice(0, -4)}`
    }
    to.ascii(text)
    to.ascii(String(micros - seconds * 1_000_000 + 1_000_000).slice(1))
    to.ascii('Z"')
    return true
  }
}

export function dateWriter(): WriteVarint {
  let last = -1
  let text = ''
  return (days, to) => {
    if (days > LATEST_DAY) return false
    if (days !== last) {
      last = days
      text = `"${new Date(days * 86_400_000).toISOString().slice(0, 10)}"`
    }
    to.ascii(text)
    return true
  }
}
