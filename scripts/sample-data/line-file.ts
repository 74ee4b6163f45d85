import { createWriteStream } from 'node:fs'
import { finished } from 'node:stream/promises'
import { createGzip } from 'node:zlib'
import type { Writable } from 'node:stream'

/** Characters that are collected before they are written. */
const PIECE = 64 * 1024

/** A file that is written line by line, and gzipped where its name ends in `.gz`. It holds a piece of it in memory, and no more. */
export class LineFile {
  readonly path: string
  /** Lines so far: the number of the last one, counted from 1. */
  lines = 0
  readonly #into: Writable
  readonly #file: Writable
  #piece = ''
  #problem: Error | undefined
  /** Goes on with what waits for the disk. */
  #wake = () => {}

  constructor(path: string) {
    this.path = path
    this.#file = createWriteStream(path)
    this.#file.on('error', (error) => {
      this.#problem = error
      this.#wake()
    })
    if (path.endsWith('.gz')) {
      const gzip = createGzip()
      gzip.pipe(this.#file)
      this.#into = gzip
    } else this.#into = this.#file
    this.#into.on('drain', () => this.#wake())
  }

  /** @returns the line's number; a promise of it where the disk is slower @throws what the disk says */
  write(line: string): number | Promise<number> {
    this.#piece += `${line}\n`
    const number = ++this.lines
    return this.#piece.length < PIECE ? number : this.#flush().then(() => number)
  }

  async close(): Promise<void> {
    await this.#flush()
    this.#into.end()
    await finished(this.#file)
  }

  async #flush(): Promise<void> {
    if (this.#problem !== undefined) throw this.#problem
    const goesOn = this.#into.write(this.#piece)
    this.#piece = ''
    if (!goesOn) await new Promise<void>((resolve) => (this.#wake = resolve))
    if (this.#problem !== undefined) throw this.#problem
  }
}
