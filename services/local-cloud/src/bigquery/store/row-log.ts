import { mkdirSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { Segment } from '../../segment.ts'
import type { InsertMode } from '../table/insert-statements.ts'
import type { Lines } from '../table/line-writer.ts'

/** Rows that were accepted together. */
export interface LoggedRows {
  /** Which table: one that is dropped and made anew has another. */
  readonly incarnation: string
  /** Rises with every record, over restarts too. */
  readonly sequence: number
  readonly mode: InsertMode
  readonly lines: Lines
  /** The write stream that they came by; undefined: the default one, or none. */
  readonly stream?: string | undefined
  /** Where they are written; undefined: in memory alone. */
  readonly segment: Segment | undefined
}

interface File {
  readonly segment: Segment
  /** The sequence of its first record. */
  first: number | undefined
}

const ROWS = 1
const SEGMENT_BYTES = 32 << 20
const NAME = /^rows-(\d+)\.log$/

/**
 * Rows that are accepted and not in DuckDB yet, in append-only files, so that a kill of local-cloud loses none of them. A
 * write here costs microseconds, a transaction of DuckDB milliseconds, whatever it holds: rows go there later and together.
 * Nothing is synced to the disk: it guards against the end of the process, not of the machine.
 */
export class RowLog {
  readonly #folder: string
  readonly #segmentBytes: number
  readonly #files: File[] = []
  #nextFile = 1

  constructor(folder: string, segmentBytes = SEGMENT_BYTES) {
    mkdirSync(folder, { recursive: true })
    this.#folder = folder
    this.#segmentBytes = segmentBytes
  }

  /** Reads what an earlier process left, in its order. @param visit says whether the record is needed still */
  restore(visit: (rows: LoggedRows) => boolean): void {
    const numbers = readdirSync(this.#folder).flatMap((name) => NAME.exec(name)?.[1] ?? [])
    for (const number of numbers.map(Number).toSorted((a, b) => a - b)) {
      const file = this.#open(number)
      const { segment } = file
      segment.read((_kind, payload) => {
        const end = payload.indexOf(10)
        // a copy: the file is read in large pieces
        const bytes = Buffer.from(payload.subarray(end + 1))
        const [at, mode, incarnation, count, stream] = payload.toString('latin1', 0, end).split(' ') as [
          string,
          InsertMode,
          string,
          string,
          string?,
        ]
        const sequence = Number(at)
        file.first ??= sequence
        const lines = { bytes, count: Number(count) }
        if (visit({ incarnation, sequence, mode, lines, stream, segment })) segment.live++
      })
    }
    this.#dropEmpty()
  }

  /** Writes the rows. @throws GoogleError RESOURCE_EXHAUSTED where the disk is full: then nothing is written */
  append({ incarnation, sequence, mode, lines, stream }: Omit<LoggedRows, 'segment'>): Segment {
    let last = this.#files.at(-1)
    if (!last || last.segment.size >= this.#segmentBytes) last = this.#begin()
    const { segment } = last
    const by = stream === undefined ? '' : ` ${stream}`
    const head = `${sequence} ${mode} ${incarnation} ${lines.count}${by}\n`
    segment.append([{ kind: ROWS, head, body: lines.bytes }], false)
    segment.live++
    last.first ??= sequence
    return segment
  }

  /** Its record is needed no longer: it is in DuckDB, or its table is gone. */
  release(segment: Segment): void {
    segment.live--
    this.#dropEmpty()
  }

  /** Whether another file has been begun since. */
  isOld(segment: Segment | undefined): boolean {
    return segment !== this.#files.at(-1)?.segment
  }

  /** Records before this one are gone. */
  get firstSequence(): number | undefined {
    return this.#files[0]?.first
  }

  close(): void {
    for (const { segment } of this.#files) {
      if (segment.live === 0) segment.remove()
      else segment.close()
    }
  }

  #begin(): File {
    this.#files.at(-1)?.segment.close()
    return this.#open(this.#nextFile)
  }

  #open(number: number): File {
    const path = join(this.#folder, `rows-${String(number).padStart(8, '0')}.log`)
    const file = { segment: new Segment(path), first: undefined }
    this.#files.push(file)
    this.#nextFile = number + 1
    return file
  }

  /** Oldest first, and never the one that is written to. */
  #dropEmpty(): void {
    while (this.#files.length > 1 && this.#files[0]!.segment.live === 0) this.#files.shift()!.segment.remove()
  }
}
