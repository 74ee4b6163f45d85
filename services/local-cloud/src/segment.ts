import { closeSync, ftruncateSync, openSync, readSync, rmSync, writeSync } from 'node:fs'
import { GoogleError } from './google-error.ts'

/** A record of a file: its kind and length, a line or a word of text in ASCII, and bytes. */
export interface Entry {
  readonly kind: number
  readonly head: string
  readonly body: Buffer
}

const HEADER = 5
const READ_BYTES = 8 << 20
const FIRST_BYTES = 16 << 10

/** Records without a body that wait, as the bytes that they will be: thousands of objects would keep the garbage collector busy. */
export class ShortRecords {
  #bytes = Buffer.allocUnsafe(FIRST_BYTES)
  #at = 0

  get isEmpty(): boolean {
    return this.#at === 0
  }

  /** All of them, until the next one is added. */
  get bytes(): Buffer {
    return this.#bytes.subarray(0, this.#at)
  }

  /** @param head ASCII */
  add(kind: number, head: string): void {
    const { length } = head
    if (this.#at + HEADER + length > this.#bytes.length) {
      const wider = Buffer.allocUnsafe(this.#bytes.length * 2 + length)
      this.#bytes.copy(wider, 0, 0, this.#at)
      this.#bytes = wider
    }
    const bytes = this.#bytes
    bytes[this.#at] = kind
    bytes.writeUInt32LE(length, this.#at + 1)
    let at = this.#at + HEADER
    for (let index = 0; index < length; index++) bytes[at++] = head.charCodeAt(index)
    this.#at = at
  }

  clear(): void {
    this.#at = 0
  }
}

/** One append-only file of a journal. */
export class Segment {
  readonly path: string
  /** Bytes of whole records. */
  size = 0
  /** Records in it that are still needed. */
  live = 0
  #fd: number | undefined

  constructor(path: string) {
    this.path = path
  }

  /**
   * Writes all of the entries or none.
   *
   * @param before whole records, which are written before them
   * @throws GoogleError RESOURCE_EXHAUSTED where the disk is full
   */
  append(entries: readonly Entry[], diskIsFull: boolean, before?: Buffer): void {
    this.#fd ??= this.#openToWrite()
    const parts = partsOf(entries)
    if (before && before.length > 0) parts.unshift(before)
    try {
      for (const bytes of parts) {
        // a disk that is nearly full takes a part, and says no to the rest: the number that is written counts
        const most = diskIsFull ? bytes.length >> 1 : bytes.length
        for (let at = 0; at < most;) at += writeSync(this.#fd, bytes, at, most - at)
        if (diskIsFull) throw Object.assign(new Error('injected fault: the disk is full'), { code: 'ENOSPC' })
      }
      this.size += parts.reduce((sum, { length }) => sum + length, 0)
    } catch (error) {
      // no torn record in the middle of a file: the next one that fits must be readable
      ftruncateSync(this.#fd, this.size)
      throw journalError(error, this.path)
    }
  }

  #openToWrite(): number {
    const fd = openSync(this.path, 'a')
    // what a kill tore off behind the last whole record would hide all that follows
    ftruncateSync(fd, this.size)
    return fd
  }

  close(): void {
    if (this.#fd !== undefined) closeSync(this.#fd)
    this.#fd = undefined
  }

  remove(): void {
    this.close()
    rmSync(this.path, { force: true })
  }

  /** Gives every whole record, in pieces: a file may be longer than a buffer can be. A torn end is left out. */
  read(visit: (kind: number, payload: Buffer) => void): void {
    const fd = openSync(this.path, 'r')
    try {
      let rest: Buffer = Buffer.alloc(0)
      for (let place = 0; ;) {
        const needed = rest.length < HEADER ? HEADER : HEADER + rest.readUInt32LE(1)
        const chunk = Buffer.allocUnsafe(Math.max(READ_BYTES, needed - rest.length))
        const count = readSync(fd, chunk, 0, chunk.length, place)
        if (count === 0) break
        place += count
        rest = this.#take(Buffer.concat([rest, chunk.subarray(0, count)]), visit)
      }
    } finally {
      closeSync(fd)
    }
  }

  #take(bytes: Buffer, visit: (kind: number, payload: Buffer) => void): Buffer {
    let at = 0
    while (at + HEADER <= bytes.length && at + HEADER + bytes.readUInt32LE(at + 1) <= bytes.length) {
      const end = at + HEADER + bytes.readUInt32LE(at + 1)
      visit(bytes[at]!, bytes.subarray(at + HEADER, end))
      at = end
    }
    this.size += at
    return bytes.subarray(at)
  }
}

/** From so many bytes on a body is written as it is: a copy of megabytes takes longer than another write. */
const LARGE_BODY = 256 << 10

/** The records as bytes: all in one buffer, since they are many and small, but for the bodies of large ones. */
function partsOf(entries: readonly Entry[]): Buffer[] {
  const parts: Buffer[] = []
  let small: Entry[] = []
  for (const entry of entries) {
    small.push(entry)
    if (entry.body.length < LARGE_BODY) continue
    parts.push(bytesOf(small, entry.body.length), entry.body)
    small = []
  }
  if (small.length > 0) parts.push(bytesOf(small, 0))
  return parts
}

/** @param without bytes of the last body, which is left out */
function bytesOf(entries: readonly Entry[], without: number): Buffer {
  const bytes = Buffer.allocUnsafe(entries.reduce((sum, entry) => sum + sizeOf(entry), -without))
  let at = 0
  for (const { kind, head, body } of entries) {
    bytes[at] = kind
    bytes.writeUInt32LE(head.length + body.length, at + 1)
    bytes.write(head, at + HEADER, 'latin1')
    at += HEADER + head.length
    if (body.length < LARGE_BODY) bytes.set(body, at)
    at += body.length
  }
  return bytes
}

export function sizeOf({ head, body }: Entry): number {
  return HEADER + head.length + body.length
}

/** What a caller is told when the data folder takes no more: a later try may succeed. */
export function journalError(error: unknown, path: string): GoogleError {
  const { code, message } = error as NodeJS.ErrnoException
  const full = code === 'ENOSPC' || code === 'EDQUOT'
  const told = full ? 'there is no space left on its disk' : message
  return new GoogleError(
    full ? 'RESOURCE_EXHAUSTED' : 'INTERNAL',
    `local-cloud cannot write ${path}: ${told}`,
    {
      cause: error,
    },
  )
}
