import type { Field } from '../values/fields.ts'
import { isBounded, isPicos } from '../values/type-parameters.ts'
import {
  isWord,
  NOT_PLAIN,
  scanBoolean,
  scanDate,
  scanFloat,
  scanInt64,
  scanJson,
  scanNumeric,
  scanText,
  scanTimestamp,
  type ScanValue,
} from './plain-bytes.ts'

const OPENING = 0x7b
const CLOSING = 0x7d
const OPENING_LIST = 0x5b
const CLOSING_LIST = 0x5d
const COMMA = 0x2c
const COLON = 0x3a
const QUOTE = 0x22
const NEWLINE = 0x0a
const NULL = Buffer.from('null')

/** Lines of a file, without the last one's end, that are rows as they stand. */
export class PlainLines {
  readonly bytes: Buffer
  readonly count: number
  /** The columns that they have; maybe also some that the line behind them has. */
  readonly names: readonly string[]

  constructor(bytes: Buffer, count: number, names: readonly string[]) {
    this.bytes = bytes
    this.count = count
    this.names = names
  }
}

/**
 * Finds lines that are plain rows (`compilePlain`) and that JSON.stringify would write in the same bytes: what becomes of them where they
 * are read and written again is known without that. Nearly all lines that programs write are so. The others are no mistakes: they are read.
 */
export class LineScan {
  readonly #row: RecordScan

  /** @param fields none of which has a default value */
  constructor(fields: readonly Field[]) {
    this.#row = new RecordScan(fields)
  }

  /** The plain lines from `at` on, one behind the other; undefined where the first is not plain. */
  take(bytes: Buffer, at: number, mostLines: number, mostBytes: number): PlainLines | undefined {
    const row = this.#row
    const before = row.seen
    let end = at
    let count = 0
    while (count < mostLines && end - at < mostBytes && end < bytes.length) {
      const next = row.scan(bytes, end)
      if (next === NOT_PLAIN || bytes[next] !== NEWLINE) break
      end = next + 1
      count++
    }
    return count === 0
      ? undefined
      : new PlainLines(bytes.subarray(at, end - 1), count, row.namesSince(before))
  }
}

interface MemberScan {
  readonly name: string
  /** `"name":` */
  readonly key: Buffer
  readonly isRequired: boolean
  readonly scan: ScanValue
  /** In which of the records it was last: one has it once. */
  seen: number
  /** Which one stood behind it last: it mostly does again. */
  next: MemberScan | undefined
}

/** Names that JSON.parse leaves in their places, and that have no escapes. */
const PLAIN_NAME = /^[A-Za-z_][A-Za-z0-9_]*$/

class RecordScan {
  readonly #members: ReadonlyMap<string, MemberScan>
  readonly #required: number
  #first: MemberScan | undefined
  #seen = 0

  constructor(fields: readonly Field[]) {
    this.#members = new Map(
      fields.filter(({ name }) => PLAIN_NAME.test(name)).map((field) => [field.name, memberOf(field)]),
    )
    this.#required = fields.filter(({ mode }) => mode === 'REQUIRED').length
  }

  /** How many records there were. */
  get seen(): number {
    return this.#seen
  }

  /** The names that records have had since there were so many. */
  namesSince(before: number): readonly string[] {
    return [...this.#members.values()].flatMap(({ name, seen }) => (seen > before ? [name] : []))
  }

  scan(bytes: Buffer, start: number): number {
    if (bytes[start] !== OPENING) return NOT_PLAIN
    let at = start + 1
    if (bytes[at] === CLOSING) return this.#required === 0 ? at + 1 : NOT_PLAIN
    const number = ++this.#seen
    let required = 0
    let before: MemberScan | undefined
    let expected = this.#first
    for (;;) {
      const member = expected && isWord(bytes, at, expected.key) ? expected : this.#memberAt(bytes, at)
      if (!member || member.seen === number) return NOT_PLAIN
      if (member !== expected) {
        if (before) before.next = member
        else this.#first = member
      }
      member.seen = number
      at += member.key.length
      if (isWord(bytes, at, NULL)) at += NULL.length
      else {
        at = member.scan(bytes, at)
        if (at === NOT_PLAIN) return NOT_PLAIN
        if (member.isRequired) required++
      }
      const byte = bytes[at++]
      if (byte === CLOSING) return required === this.#required ? at : NOT_PLAIN
      if (byte !== COMMA) return NOT_PLAIN
      before = member
      expected = member.next
    }
  }

  #memberAt(bytes: Buffer, at: number): MemberScan | undefined {
    if (bytes[at] !== QUOTE) return undefined
    const end = bytes.indexOf(QUOTE, at + 1)
    return end < 0 || bytes[end + 1] !== COLON
      ? undefined
      : this.#members.get(bytes.toString('latin1', at + 1, end))
  }
}

function memberOf(field: Field): MemberScan {
  return {
    name: field.name,
    key: Buffer.from(`"${field.name}":`),
    isRequired: field.mode === 'REQUIRED',
    scan: field.mode === 'REPEATED' ? listOf(oneOf(field)) : oneOf(field),
    seen: 0,
    next: undefined,
  }
}

function listOf(scan: ScanValue): ScanValue {
  return (bytes, start) => {
    if (bytes[start] !== OPENING_LIST) return NOT_PLAIN
    let at = start + 1
    if (bytes[at] === CLOSING_LIST) return at + 1
    for (;;) {
      at = scan(bytes, at)
      if (at === NOT_PLAIN) return NOT_PLAIN
      const byte = bytes[at++]
      if (byte === CLOSING_LIST) return at
      if (byte !== COMMA) return NOT_PLAIN
    }
  }
}

const never: ScanValue = () => NOT_PLAIN

function oneOf(field: Field): ScanValue {
  if (field.type === 'RECORD') {
    const inside = new RecordScan(field.fields!)
    return (bytes, at) => inside.scan(bytes, at)
  }
  return isBounded(field) || isPicos(field) ? never : (SCALARS[field.type] ?? never)
}

/** Other types are converted. */
const SCALARS: Readonly<Record<string, ScanValue>> = {
  STRING: scanText,
  INTEGER: scanInt64,
  FLOAT: scanFloat,
  BOOLEAN: scanBoolean,
  NUMERIC: scanNumeric,
  DATE: scanDate,
  TIMESTAMP: scanTimestamp,
  JSON: scanJson,
}
