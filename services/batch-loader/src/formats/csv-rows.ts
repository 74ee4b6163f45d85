import { isUtf8 } from 'node:buffer'
import { cellsOf, type Cells } from './csv-cells.ts'
import { Carried, KEPT_BYTES, tooLong } from './carried.ts'
import { groupAt, lineAt, type Group, type Marks } from './csv-groups.ts'
import type { BrokenRecord, CsvShape, Read } from './records.ts'

export interface CsvOptions {
  readonly uri: string
  /** Bytes of a record. */
  readonly most: number
  /** The byte at which the first chunk begins. */
  readonly from: number
  readonly shape: CsvShape
  readonly newline: '\n' | '\r'
}

/** Rows that are parsed at a time. */
const BATCH = 2000

/**
 * Rows of CSV (RFC 4180). What is no row is broken by its first line alone: a stray quote opens a field that ends at the next quote, some
 * hundred lines below, and those lines are rows all the same. So behind a row that makes no sense reading goes on with its second line.
 */
export async function* readCsv(chunks: AsyncIterable<Buffer>, options: CsvOptions): AsyncGenerator<Read[]> {
  const rows = new CsvRows(options)
  for await (const chunk of chunks) yield* rows.take(chunk)
  yield* rows.end()
}

/** What the library finds, by its codes: its own words count lines from the beginning of the row. */
const QUOTES: Readonly<Record<string, string>> = {
  CSV_INVALID_CLOSING_QUOTE: 'text stands behind the quote that ends a field',
  CSV_QUOTE_NOT_CLOSED: 'a quote opens a field, and none closes it',
  INVALID_OPENING_QUOTE: 'a quote stands in a field that does not begin with one',
}

interface Refusal extends Pick<BrokenRecord, 'rule' | 'reason'> {
  /** So many rows before it were read. */
  readonly good?: number
}

class CsvRows {
  readonly #options: CsvOptions
  readonly #marks: Marks
  readonly #skipped: Carried
  /** What is not read yet, and of the file: the byte and the line at which it begins. */
  #bytes: Buffer = Buffer.alloc(0)
  #base: number
  #line = 1
  #isHeaderDue: boolean

  constructor(options: CsvOptions) {
    this.#options = options
    this.#marks = { quote: options.shape.quote.charCodeAt(0), newline: options.newline.charCodeAt(0) }
    this.#skipped = new Carried(options.most)
    this.#base = options.from
    this.#isHeaderDue = options.shape.hasHeader
  }

  *take(chunk: Buffer): Generator<Read[]> {
    if (this.#skipped.length > 0) {
      // inside of a line that is too long
      const end = chunk.indexOf(this.#marks.newline)
      this.#skipped.add(end < 0 ? chunk : chunk.subarray(0, end))
      if (end < 0) return
      yield [this.#skip()]
      this.#base += end + 1
      this.#line++
      this.#bytes = chunk.subarray(end + 1)
    } else this.#bytes = this.#bytes.length === 0 ? chunk : Buffer.concat([this.#bytes, chunk])
    yield* this.#read(false)
  }

  *end(): Generator<Read[]> {
    if (this.#skipped.length > 0) yield [this.#skip()]
    else yield* this.#read(true)
  }

  #skip(): BrokenRecord {
    const { uri, most } = this.#options
    const { length } = this.#skipped
    const broken = tooLong(this.#skipped.take(), length, most, { uri, line: this.#line, byte: this.#base })
    this.#base += length
    return broken
  }

  *#read(isLast: boolean): Generator<Read[]> {
    let at = 0
    while (at < this.#bytes.length) {
      const groups: Group[] = []
      let next = at
      while (groups.length < BATCH) {
        const group = groupAt(this.#bytes, next, this.#marks, isLast)
        if (!group) break
        groups.push(group)
        next = group.next
      }
      if (groups.length > 0) {
        const batch: Read[] = []
        at = this.#readGroups(groups, batch)
        if (batch.length > 0) yield batch
        continue
      }
      // a quote that nothing closes: before the end of the file, or within the bytes that a record may have
      const isOpen = isLast || this.#bytes.length - at > this.#options.most
      if (!isOpen) break
      const line = lineAt(this.#bytes, at, this.#marks, isLast)
      if (!line) {
        this.#forget(at)
        this.#skipped.add(this.#bytes)
        this.#bytes = Buffer.alloc(0)
        return
      }
      yield [this.#broken(line, { rule: 'quotes', reason: 'a quote opens a field, and none closes it' })]
      this.#line++
      at = line.next
    }
    this.#forget(at)
  }

  #forget(length: number): void {
    // a view would keep all chunks before it
    this.#bytes = Buffer.from(this.#bytes.subarray(length))
    this.#base += length
  }

  /** @returns where reading goes on */
  #readGroups(groups: readonly Group[], batch: Read[]): number {
    const [first] = groups
    const last = groups.at(-1)!
    const isOne = groups.length === 1
    const filled = groups.filter(({ start, end }) => end > start)
    if (filled.length === 0) return this.#pass(last, groups)
    const rows = this.#cells(first!.start, last.end)
    const isEach = Array.isArray(rows) && rows.length === filled.length
    if (isEach && rows.every((cells, index) => this.#isRow(cells, index))) {
      let at = 0
      for (const group of groups) {
        if (group.end > group.start) {
          if (this.#isHeaderDue) this.#isHeaderDue = false
          else batch.push({ kind: 'texts', texts: rows[at]!, place: this.#place(group) })
          at++
        }
        this.#line += group.lines
      }
      return last.next
    }
    if (isOne) {
      return this.#refuse(first!, batch, Array.isArray(rows) ? this.#whyNot(rows) : rows)
    }
    const good = Array.isArray(rows)
      ? isEach
        ? rows.findIndex((cells, at) => !this.#isRow(cells, at))
        : undefined
      : rows.good
    if (good === undefined || good >= filled.length)
      return this.#readParts(groups, [groups.length >> 1], batch)
    // those before it, itself, and those behind it
    const wrong = groups.indexOf(filled[good]!)
    return this.#readParts(groups, [wrong, wrong + 1], batch)
  }

  /** @param cuts where the groups are divided */
  #readParts(groups: readonly Group[], cuts: readonly number[], batch: Read[]): number {
    let from = 0
    let at = groups[0]!.start
    for (const until of [...cuts, groups.length]) {
      if (until === from) continue
      // behind a row that was no row the lines are others
      if (at !== groups[from]!.start) return at
      at = this.#readGroups(groups.slice(from, until), batch)
      from = until
    }
    return at
  }

  #pass(last: Group, groups: readonly Group[]): number {
    this.#line += groups.reduce((sum, { lines }) => sum + lines, 0)
    return last.next
  }

  #cells(start: number, end: number): Cells[] | Refusal {
    const bytes = this.#bytes.subarray(start, end)
    if (!isUtf8(bytes))
      return { rule: 'encoding', reason: 'its bytes are no text in the encoding of the file' }
    try {
      return cellsOf(bytes.toString(), this.#options.shape, this.#options.newline)
    } catch (error) {
      const { code, message, records } = error as { code?: string; message: string; records?: number }
      const reason = QUOTES[code ?? ''] ?? message
      return { rule: 'quotes', reason, ...(records !== undefined && { good: records }) }
    }
  }

  #isRow(cells: Cells, index: number): boolean {
    return (index === 0 && this.#isHeaderDue) || cells.length === this.#options.shape.columns.length
  }

  #whyNot(rows: readonly Cells[]): Refusal {
    const { columns } = this.#options.shape
    return rows.length === 1
      ? {
          rule: 'fields',
          reason: `the row has ${rows[0]!.length} fields, and the file has ${columns.length} columns`,
        }
      : { rule: 'quotes', reason: `its quotes make ${rows.length} rows of it` }
  }

  /** Of several lines the first alone is broken. */
  #refuse(group: Group, batch: Read[], { rule, reason }: Refusal): number {
    const line = group.lines === 1 ? group : lineAt(this.#bytes, group.start, this.#marks, true)!
    batch.push(this.#broken(line, { rule, reason }))
    this.#isHeaderDue = false
    this.#line++
    return group.second
  }

  #place({ start }: Group) {
    return { uri: this.#options.uri, line: this.#line, byte: this.#base + start }
  }

  #broken(group: Group, refusal: Refusal): BrokenRecord {
    const { start, end } = group
    const bytes = Buffer.from(this.#bytes.subarray(start, Math.min(end, start + KEPT_BYTES)))
    return { kind: 'broken', bytes, length: end - start, ...refusal, place: this.#place(group) }
  }
}
