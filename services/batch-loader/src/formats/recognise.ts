import { isUtf8 } from 'node:buffer'
import { csvShape, newlineOf, type CsvHints } from './csv-shape.ts'
import { avroHeader } from './avro-blocks.ts'
import { messageReader } from './avro-messages.ts'
import { jsonFormat } from './json-format.ts'
import { SourceError, type Encoding, type Packing, type Recognised, type SourceObject } from './records.ts'
import { byteOrderMark } from './text.ts'
import { packingOf, unpacked } from './unpack.ts'

/** So many bytes, unpacked, say what a source is. */
const HEAD = 1 << 20

/** Texts that nobody takes for CSV. */
const MARKUP = /^\s*<(?:\?xml|!doctype|html)\b/i

const OTHERS: readonly (readonly [string, Buffer])[] = [
  ['a zip archive', Buffer.from('PK\x03\x04', 'latin1')],
  ['encrypted Parquet', Buffer.from('PARE')],
  ['ORC', Buffer.from('ORC')],
  ['a PDF', Buffer.from('%PDF')],
  ['an SQLite database', Buffer.from('SQLite format 3')],
  ['bzip2', Buffer.from('BZh')],
  ['xz', Buffer.from('\xfd7zXZ\0', 'latin1')],
  ['packed twice', Buffer.from([0x1f, 0x8b])],
]

/**
 * What a source is, by its first bytes: its name says nothing.
 *
 * @throws SourceError `unknown` where it is nothing that can be read
 */
export async function recognise(
  object: SourceObject,
  hints: CsvHints & { readonly encoding?: Encoding | undefined } = {},
): Promise<Recognised> {
  if (object.rows) return { format: 'rows', packing: 'none', encoding: 'utf-8', isMessages: true }
  const packed = await headOf(object, 'none', 4)
  const packing = packingOf(packed.head)
  const { head, isAll } = await headOf(object, packing, HEAD)
  if (head.subarray(0, 4).toString('latin1') === 'PAR1')
    return { format: 'parquet', packing, encoding: 'utf-8' }
  if (head.subarray(0, 4).toString('latin1') === 'Obj\x01')
    return { format: 'avro', packing, encoding: 'utf-8', isMessages: await isArchive(object, packing) }
  const other = OTHERS.find(([, magic]) => head.subarray(0, magic.length).equals(magic))
  if (other) throw unknown(object, `it is ${other[0]}`)
  const encoding = hints.encoding ?? encodingOf(head)
  const text = textOf(head, encoding, isAll)
  // the first line: a file may have a hole behind good records
  const odd = controlAt(encoding === 'windows-1252' && isPacked(text) ? text : firstLineOf(text))
  if (odd >= 0)
    throw unknown(
      object,
      `it is neither text nor Parquet nor Avro: character ${odd} is 0x${hex(text.charCodeAt(odd))}`,
    )
  if (MARKUP.test(text)) throw unknown(object, 'it is XML or HTML')
  if (text.trim() === '') return { format: 'empty', packing, encoding }
  const format = jsonFormat(text)
  if (format) return { format, packing, encoding }
  const newline = newlineOf(text, hints.quote)
  const end = isAll ? text.length : text.lastIndexOf(newline)
  return {
    format: 'csv',
    packing,
    encoding,
    newline,
    csv: csvShape(text.slice(0, end < 0 ? undefined : end), newline, hints),
  }
}

/** Whether a file of Avro has messages. What is wrong with its header is told when its blocks are read. */
async function isArchive(object: SourceObject, packing: Packing): Promise<boolean> {
  try {
    return messageReader((await avroHeader(object, packing)).schema) !== undefined
  } catch (error) {
    if (error instanceof SourceError) return false
    throw error
  }
}

function unknown({ uri }: SourceObject, what: string): SourceError {
  return new SourceError(
    'unknown',
    `${what}: JSON, CSV, Parquet and Avro can be read, as they are or in gzip or zstd`,
    { uri },
  )
}

const firstLineOf = (text: string): string => text.slice(0, text.indexOf('\n') + 1 || undefined)

/** So many characters tell bytes that are no text from Latin-1, whose every byte is a letter: one in nine that are packed is a control. */
const LOOKED_AT = 4096

function isPacked(text: string): boolean {
  const looked = text.slice(0, LOOKED_AT)
  let controls = 0
  for (let at = controlAt(looked); at >= 0; at = controlAt(looked, at + 1))
    if (looked[at] !== '\0') controls++
  return controls > looked.length / 50
}

/** Where a character stands that no text has; -1: nowhere. Tab, line ends, form feed and escape are in some. */
function controlAt(text: string, from = 0): number {
  for (let at = from; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (code < 0x20 && !(code >= 0x09 && code <= 0x0d) && code !== 0x1b) return at
  }
  return -1
}

const hex = (code: number): string => code.toString(16).padStart(2, '0')

/** The first bytes, without blank ones where they are most of them. What ends too soon behind them is found when it is read. */
async function headOf(
  object: SourceObject,
  packing: Recognised['packing'],
  length: number,
): Promise<{ readonly head: Buffer; readonly isAll: boolean }> {
  let pieces: Buffer[] = []
  let count = 0
  let isAll = true
  try {
    for await (const piece of piecesOf(object, packing, length)) {
      pieces.push(piece)
      count += piece.length
      if (count < length) continue
      const rest = withoutBlanks(Buffer.concat(pieces))
      isAll = rest.length < length / 2
      if (!isAll) break
      pieces = [rest]
      count = rest.length
    }
  } catch (error) {
    const isCut = error instanceof SourceError && (error.rule === 'truncated' || error.rule === 'damaged')
    if (!isCut || count === 0) throw error
  }
  return { head: Buffer.concat(pieces).subarray(0, length), isAll }
}

/** So many bytes, and the others where they are asked for. */
async function* piecesOf(
  object: SourceObject,
  packing: Recognised['packing'],
  length: number,
): AsyncGenerator<Buffer> {
  yield* unpacked(object, packing, { start: 0, end: length })
  const isLonger = packing === 'none' && object.bytes !== undefined && object.bytes > length
  if (isLonger) yield* unpacked(object, packing, { start: length })
}

/** Behind the blank lines and spaces that it begins with; with its mark. */
function withoutBlanks(bytes: Buffer): Buffer {
  const mark = byteOrderMark(bytes)
  const start = mark?.length ?? 0
  const encoding = encodingOf(bytes)
  let at = start
  if (encoding === 'utf-16le') while (isBlank(bytes[at]) && bytes[at + 1] === 0) at += 2
  else if (encoding === 'utf-16be') while (bytes[at] === 0 && isBlank(bytes[at + 1])) at += 2
  else while (isBlank(bytes[at])) at++
  return start === 0 ? bytes.subarray(at) : Buffer.concat([bytes.subarray(0, start), bytes.subarray(at)])
}

const isBlank = (byte = 0): boolean => byte === 0x20 || (byte >= 0x09 && byte <= 0x0d)

/** By its mark; without one by where ASCII has zeros, and by whether it is UTF-8. */
function encodingOf(head: Buffer): Encoding {
  const mark = byteOrderMark(head)
  if (mark) return mark.encoding
  const sample = head.subarray(0, 1000)
  const zeros = [0, 0]
  for (const [at, byte] of sample.entries()) if (byte === 0) zeros[at % 2]!++
  const half = sample.length / 2
  if (zeros[1]! > half * 0.7 && zeros[0] === 0) return 'utf-16le'
  if (zeros[0]! > half * 0.7 && zeros[1] === 0) return 'utf-16be'
  // the last character may be cut
  return isUtf8(head) || isUtf8(withoutCut(head)) || isMostlyUtf8(head) ? 'utf-8' : 'windows-1252'
}

const REPLACED = '\uFFFD'

/**
 * Whether more characters beyond ASCII are UTF-8 than bytes are none: letters of Latin-1 seldom stand together as UTF-8 has them. Then a
 * record with a wrong byte is a dead letter, and the others are not read as letters that nobody wrote.
 */
function isMostlyUtf8(head: Buffer): boolean {
  const text = head.toString('utf8')
  let wrong = 0
  for (let at = text.indexOf(REPLACED); at >= 0; at = text.indexOf(REPLACED, at + 1)) wrong++
  let others = 0
  for (let at = 0; at < text.length; at++) if (text.charCodeAt(at) > 0x7f) others++
  return others - wrong > wrong
}

/** Without the bytes of a last character that is not all there. */
function withoutCut(head: Buffer): Buffer {
  let end = head.length
  while (end > 0 && end > head.length - 4 && (head[end - 1]! & 0xc0) === 0x80) end--
  return head.subarray(0, Math.max(end - 1, 0))
}

function textOf(head: Buffer, encoding: Encoding, isAll: boolean): string {
  const mark = byteOrderMark(head)
  const bytes = mark?.encoding === encoding ? head.subarray(mark.length) : head
  const whole = isAll || encoding !== 'utf-8' ? bytes : withoutCut(bytes)
  return new TextDecoder(encoding).decode(whole)
}
