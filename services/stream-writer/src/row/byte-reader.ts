import { BYTE, ByteCursor } from './byte-cursor.ts'
import { KIND, ROLE, type Field, type Shape } from './byte-shape.ts'
import { allowsNumber, allowsText } from './contract-rules.ts'
import type { RowBuffer } from './row-buffer.ts'

/** What the one letter behind a backslash stands for; \u is for the slow path. */
const ESCAPES = new Uint8Array(128)
for (const [letter, value] of Object.entries({
  '"': '"',
  '\\': '\\',
  '/': '/',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
}))
  ESCAPES[letter.charCodeAt(0)] = value.charCodeAt(0)

/** From here on a number has more than 15 digits. */
const FIFTEEN_DIGITS = 1e15

/** YYYY-MM-DD */
const DATE_LENGTH = 10

/** Powers of ten that a double holds exactly. */
const POWERS = Array.from({ length: 23 }, (_, exponent) => 10 ** exponent)

/**
 * Reads the bytes of a JSON event and writes its row, without an object in between. It takes what it is sure of and says
 * false to everything else: whatever is unusual, wrong, or not JSON at all is for the slow path to judge.
 */
export class ByteReader extends ByteCursor {
  eventId = ''
  hasEventId = false
  /** Days since 1970 of the event's own date; undefined where it gives none. */
  eventDate: number | undefined
  /** Microseconds since 1970 of the time that counts; undefined where there is none. */
  eventTime: number | undefined
  readonly #row: RowBuffer
  #records = 0
  #eventType = ''
  #rank = 0

  constructor(row: RowBuffer) {
    super()
    this.#row = row
  }

  /** True when the whole event is in the row. */
  read(source: Buffer, shape: Shape, eventType: string): boolean {
    this.begin(source)
    this.#eventType = eventType
    this.#rank = Number.POSITIVE_INFINITY
    this.hasEventId = false
    this.eventDate = undefined
    this.eventTime = undefined
    this.space()
    if (this.bytes[this.at++] !== BYTE.OPEN_OBJECT || !this.#record(shape)) return false
    this.space()
    return this.at === source.length
  }

  /** Behind the opening bracket. */
  #record(shape: Shape): boolean {
    const bytes = this.bytes
    const record = ++this.#records
    let required = 0
    let previous: Field | undefined
    let expected = shape.first
    this.space()
    if (bytes[this.at] === BYTE.CLOSE_OBJECT) {
      this.at++
      return shape.required === 0
    }
    for (;;) {
      let field = expected
      if (!field || !this.key(field.key)) {
        field = this.#lookUp(shape)
        if (!field) return false
        if (previous) previous.next = field
      }
      if (field.seen === record) return false
      field.seen = record
      this.space()
      if (bytes[this.at] === BYTE.SMALL_N) {
        if (field.isRequired || !this.word('null')) return false
      } else {
        if (!this.#value(field)) return false
        if (field.isRequired) required++
      }
      this.space()
      const byte = bytes[this.at++]
      if (byte === BYTE.CLOSE_OBJECT) return required === shape.required
      if (byte !== BYTE.COMMA) return false
      this.space()
      previous = field
      expected = field.next
    }
  }

  /** Passes a key and its colon. */
  #lookUp({ byKey }: Shape): Field | undefined {
    const bytes = this.bytes
    if (bytes[this.at] !== BYTE.QUOTE) return undefined
    const start = this.at + 1
    let end = start
    while (end < bytes.length && bytes[end] !== BYTE.QUOTE) end++
    this.at = end + 1
    this.space()
    if (bytes[this.at++] !== BYTE.COLON) return undefined
    // an escape in a key makes it another text than its bytes: such columns are not here
    return byKey.get(this.source.toString('utf8', start, end))
  }

  #value(field: Field): boolean {
    if (field.role !== ROLE.NONE && field.role !== ROLE.EVENT_TIME) return this.#envelope(field)
    if (!field.isRepeated) return this.#one(field)
    const bytes = this.bytes
    if (bytes[this.at++] !== BYTE.OPEN_ARRAY) return false
    this.space()
    let items = 0
    if (bytes[this.at] === BYTE.CLOSE_ARRAY) this.at++
    else {
      for (;;) {
        if (!this.#one(field)) return false
        items++
        this.space()
        const byte = bytes[this.at++]
        if (byte === BYTE.CLOSE_ARRAY) break
        if (byte !== BYTE.COMMA) return false
        this.space()
      }
    }
    return items >= field.rules.minItems && items <= field.rules.maxItems
  }

  #one(field: Field): boolean {
    const row = this.#row
    switch (field.kind) {
      case KIND.STRING:
        row.tag(field.tag)
        return this.#text(field)
      case KIND.INT64:
        row.tag(field.tag)
        return this.#integer(field)
      case KIND.FLOAT64:
        row.tag(field.tag)
        return this.#float(field)
      case KIND.BOOL:
        row.tag(field.tag)
        return this.#boolean()
      case KIND.TIMESTAMP:
        row.tag(field.tag)
        return this.#timestamp(field)
      case KIND.DATE: {
        const days = this.date()
        if (days === undefined || this.bytes[this.at++] !== BYTE.QUOTE) return false
        row.tag(field.tag)
        row.int64(days)
        return true
      }
      case KIND.TIME:
        row.tag(field.tag)
        return this.#time()
      case KIND.RECORD: {
        if (this.bytes[this.at++] !== BYTE.OPEN_OBJECT) return false
        row.tag(field.tag)
        const start = row.openMessage()
        if (!this.#record(field.record!)) return false
        row.closeMessage(start)
        return true
      }
      default:
        return false
    }
  }

  /** What the envelope takes from the event: its type, which must be the one that was told, its id and its date. */
  #envelope(field: Field): boolean {
    const bytes = this.bytes
    if (field.role === ROLE.EVENT_DATE) {
      this.eventDate = this.date()
      if (this.eventDate === undefined || bytes[this.at++] !== BYTE.QUOTE) return false
      return allowsText(field.rules, bytes, this.at - DATE_LENGTH - 1, this.at - 1)
    }
    if (bytes[this.at] !== BYTE.QUOTE) return false
    const start = this.at + 1
    if (field.role === ROLE.EVENT_TYPE) return this.#isEventType(field, start)
    let end = start
    for (let byte = bytes[end]; byte !== BYTE.QUOTE; byte = bytes[++end]) {
      if (byte === undefined || byte === BYTE.BACKSLASH || byte < 32) return false
    }
    this.at = end + 1
    const text = this.source.toString('utf8', start, end)
    if (text === '' || !allowsText(field.rules, bytes, start, end)) return false
    this.eventId = text
    this.hasEventId = true
    return true
  }

  #isEventType(field: Field, start: number): boolean {
    const end = start + this.#eventType.length
    if (field.kind !== KIND.STRING || this.bytes[end] !== BYTE.QUOTE) return false
    // a type with other characters than ASCII has more bytes than characters, and goes the slow way
    for (let at = start; at < end; at++) {
      if (this.bytes[at] !== this.#eventType.charCodeAt(at - start)) return false
    }
    this.at = end + 1
    this.#row.tag(field.tag)
    this.#row.text(this.#eventType)
    return true
  }

  /** Copies the text while it looks for its end. */
  #text({ rules }: Field): boolean {
    const bytes = this.bytes
    const row = this.#row
    let at = this.at
    if (bytes[at++] !== BYTE.QUOTE) return false
    const start = row.openMessage()
    const out = row.bytes
    let to = start
    for (;;) {
      let byte = bytes[at++]
      if (byte === BYTE.QUOTE) break
      if (byte === undefined || byte < 32) return false
      if (byte === BYTE.BACKSLASH) {
        byte = ESCAPES[bytes[at++] ?? 0]
        if (!byte) return false
      }
      out[to++] = byte
    }
    this.at = at
    row.at = to
    if (!allowsText(rules, out, start, to)) return false
    row.closeMessage(start)
    return true
  }

  #integer({ rules }: Field): boolean {
    const isNegative = this.minus()
    const digits = this.digits()
    // 1.0 and 1e3 are whole numbers too, which the slow path knows
    if (digits === undefined || this.goesOn()) return false
    const value = isNegative ? -digits : digits
    if (!allowsNumber(rules, value)) return false
    this.#row.int64(value)
    return true
  }

  /**
   * A decimal of few digits: digits and power of ten are exact, and so is their quotient, rounded once. A double gives back
   * 15 digits, whatever they are; of 16 digits it must be the only number of so many that is rounded to it.
   */
  #float({ rules }: Field): boolean {
    const isNegative = this.minus()
    const whole = this.digits()
    if (whole === undefined) return false
    let value = whole
    if (this.bytes[this.at] === BYTE.DOT) {
      const first = ++this.at
      const bytes = this.bytes
      let digits = whole
      let at = first
      let byte = bytes[at]
      while (byte !== undefined && byte >= BYTE.ZERO && byte <= BYTE.NINE) {
        digits = digits * 10 + byte - BYTE.ZERO
        byte = bytes[++at]
      }
      const count = at - first
      if (count === 0 || count >= POWERS.length || digits >= Number.MAX_SAFE_INTEGER) return false
      this.at = at
      const power = POWERS[count]!
      value = digits / power
      if (digits >= FIFTEEN_DIGITS && ((digits - 1) / power === value || (digits + 1) / power === value))
        return false
    }
    if (this.goesOn()) return false
    if (isNegative) value = -value
    if (!allowsNumber(rules, value)) return false
    this.#row.double(value)
    return true
  }

  #boolean(): boolean {
    const isTrue = this.bytes[this.at] === 116
    if (!this.word(isTrue ? 'true' : 'false')) return false
    this.#row.varint(isTrue ? 1 : 0)
    return true
  }

  /** HH:MM:SS with up to six digits of fraction or none. */
  #time(): boolean {
    const bytes = this.bytes
    const start = this.at + 1
    if (bytes[start - 1] !== BYTE.QUOTE || bytes[start + 2] !== BYTE.COLON || bytes[start + 5] !== BYTE.COLON)
      return false
    if (!(this.two(start) < 24 && this.two(start + 3) < 60 && this.two(start + 6) < 60)) return false
    let end = start + 8
    if (bytes[end] === BYTE.DOT) {
      const first = ++end
      for (let byte = bytes[end]; byte !== undefined && byte >= BYTE.ZERO && byte <= BYTE.NINE;)
        byte = bytes[++end]
      if (end === first || end - first > 6) return false
    }
    if (bytes[end] !== BYTE.QUOTE) return false
    this.at = end + 1
    this.#row.text(this.source.toString('latin1', start, end))
    return true
  }

  /** RFC 3339 in UTC, as JSON.stringify writes a Date, with up to six digits of fraction or none. */
  #timestamp(field: Field): boolean {
    const bytes = this.bytes
    const days = this.date()
    if (days === undefined) return false
    let at = this.at
    if (bytes[at] !== 84 || bytes[at + 3] !== BYTE.COLON || bytes[at + 6] !== BYTE.COLON) return false
    const hour = this.two(at + 1)
    const minute = this.two(at + 4)
    const second = this.two(at + 7)
    if (!(hour < 24 && minute < 60 && second < 60)) return false
    at += 9
    let micros = 0
    if (bytes[at] === BYTE.DOT) {
      const first = ++at
      for (
        let byte = bytes[at];
        byte !== undefined && byte >= BYTE.ZERO && byte <= BYTE.NINE;
        byte = bytes[++at]
      ) {
        micros = micros * 10 + byte - BYTE.ZERO
      }
      const count = at - first
      if (count === 0 || count > 6) return false
      micros *= POWERS[6 - count]!
    }
    if (bytes[at] !== 90 || bytes[at + 1] !== BYTE.QUOTE) return false
    this.at = at + 2
    const time = ((days * 24 + hour) * 60 + minute) * 60 + second
    const value = time * 1_000_000 + micros
    if (!Number.isSafeInteger(value)) return false
    this.#row.int64(value)
    if (field.role === ROLE.EVENT_TIME && field.rank < this.#rank) {
      this.#rank = field.rank
      this.eventTime = value
    }
    return true
  }
}
