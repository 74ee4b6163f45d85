import { huffmanText } from './huffman.ts'

/** The headers of a request, by their names in lower case. Values of one name are joined by a comma. */
export type Headers = Readonly<Record<string, string>>

/** RFC 7541, appendix A: what every table begins with, by index from 1. */
const STATIC: readonly Field[] = [
  ':authority|:method GET|:method POST|:path /|:path /index.html|:scheme http|:scheme https|:status 200',
  ':status 204|:status 206|:status 304|:status 400|:status 404|:status 500|accept-charset',
  'accept-encoding gzip, deflate|accept-language|accept-ranges|accept|access-control-allow-origin|age',
  'allow|authorization|cache-control|content-disposition|content-encoding|content-language',
  'content-length|content-location|content-range|content-type|cookie|date|etag|expect|expires|from|host',
  'if-match|if-modified-since|if-none-match|if-range|if-unmodified-since|last-modified|link|location',
  'max-forwards|proxy-authenticate|proxy-authorization|range|referer|refresh|retry-after|server',
  'set-cookie|strict-transport-security|transfer-encoding|user-agent|vary|via|www-authenticate',
]
  .join('|')
  .split('|')
  .map((text) => {
    const [name = '', ...value] = text.split(' ')
    return { name, value: value.join(' ') }
  })

interface Field {
  readonly name: string
  readonly value: string
}

/** What a connection's table holds at most, in bytes: HTTP/2's default, which this server does not change. */
const MOST_TABLE_BYTES = 4096
/** RFC 7541, section 4.1: what an entry costs besides its texts. */
const ENTRY_BYTES = 32
/** What the headers of one request have at most, as RFC 9113 counts them (section 6.5.2). */
export const MOST_HEADER_BYTES = 64 << 10

/** Reads the headers of a connection's requests, one block after the other (RFC 7541). */
export class HeaderReader {
  /** The newest last. */
  #own: Field[] = []
  #ownBytes = 0
  #most = MOST_TABLE_BYTES
  #block: Buffer = Buffer.alloc(0)
  #at = 0

  /** @returns undefined where there are too many @throws Error where the block is none: the table is of no use from then on */
  read(block: Buffer): Headers | undefined {
    this.#block = block
    this.#at = 0
    const headers: Record<string, string> = Object.create(null)
    let bytes = 0
    while (this.#at < block.length) {
      const field = this.#field(block[this.#at]!)
      if (!field) continue
      const { name, value } = field
      bytes += sizeOf(field)
      if (bytes > MOST_HEADER_BYTES) continue
      headers[name] = headers[name] === undefined ? value : `${headers[name]},${value}`
    }
    return bytes > MOST_HEADER_BYTES ? undefined : headers
  }

  #field(first: number): Field | undefined {
    // RFC 7541, section 6: the first bits say which kind of field it is
    if (first >= 0x80) return this.#entry(this.#number(7))
    if (first >= 0x40) return this.#add(this.#literal(6))
    if (first >= 0x20) return this.#resize(this.#number(5))
    return this.#literal(4)
  }

  #entry(index: number): Field {
    const field = index <= STATIC.length ? STATIC[index - 1] : this.#own.at(STATIC.length - index)
    if (!field) throw new Error(`the table of headers has no entry ${index}`)
    return field
  }

  #literal(prefix: number): Field {
    const index = this.#number(prefix)
    const name = index === 0 ? this.#text() : this.#entry(index).name
    return { name, value: this.#text() }
  }

  #add(field: Field): Field {
    this.#own.push(field)
    this.#ownBytes += sizeOf(field)
    this.#evict()
    return field
  }

  #resize(most: number): undefined {
    if (most > MOST_TABLE_BYTES) throw new Error(`the table of headers cannot have ${most} bytes`)
    this.#most = most
    this.#evict()
  }

  #evict(): void {
    let count = 0
    while (this.#ownBytes > this.#most) this.#ownBytes -= sizeOf(this.#own[count++]!)
    if (count > 0) this.#own.splice(0, count)
  }

  #number(prefix: number): number {
    const most = (1 << prefix) - 1
    let number = this.#byte() & most
    if (number < most) return number
    for (let scale = 1; ; scale *= 128) {
      const byte = this.#byte()
      number += (byte & 127) * scale
      if (byte < 128) return number
      if (scale > 1 << 21) throw new Error('a number of the headers is too large')
    }
  }

  #text(): string {
    const isHuffman = (this.#block[this.#at] ?? 0) >= 0x80
    const length = this.#number(7)
    const start = this.#at
    this.#at += length
    if (this.#at > this.#block.length) throw new Error('the headers end in the middle of a text')
    if (!isHuffman) return this.#block.toString('latin1', start, this.#at)
    const text = huffmanText(this.#block, start, this.#at)
    if (text === undefined) throw new Error('a text of the headers is no Huffman code')
    return text
  }

  #byte(): number {
    const byte = this.#block[this.#at++]
    if (byte === undefined) throw new Error('the headers end in the middle of a field')
    return byte
  }
}

const sizeOf = ({ name, value }: Field): number => fieldBytes(name, value)

/** What a field counts where headers are counted. */
export const fieldBytes = (name: string, value: string): number => name.length + value.length + ENTRY_BYTES

/** A block of fields that no table is needed for, and that changes none: the same bytes serve every connection. */
export function headerBlock(fields: readonly (readonly [name: string, value: string])[]): Buffer {
  return Buffer.concat(fields.flatMap(([name, value]) => [Buffer.of(0), textBytes(name), textBytes(value)]))
}

function textBytes(text: string): Buffer {
  const bytes = Buffer.from(text, 'latin1')
  return Buffer.concat([numberBytes(bytes.length), bytes])
}

/** A number behind a prefix of seven bits. */
function numberBytes(number: number): Buffer {
  if (number < 127) return Buffer.of(number)
  const bytes = [127]
  let rest = number - 127
  for (; rest >= 128; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 128)
  return Buffer.from([...bytes, rest])
}
