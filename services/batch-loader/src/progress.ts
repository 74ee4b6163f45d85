import { shown } from '@tablestream/service-kit'

/** Hears how far a load is. */
export interface Progress {
  /** A source begins. @param bytes where they are known */
  begin(source: string, bytes: number | undefined): void
  /** A small file has been read, once, with all its records. */
  file(source: string, records: number, bytes: number): void
  /** Records were read: to survey them, or to make rows of them. Without records: these bytes need not be read again. */
  read(records: number, bytes: number): void
  /** A line that stays, whatever is shown behind it. */
  say(text: string): void
  /** Nothing more is shown. */
  end(): void
}

export const noProgress: Progress = {
  begin: () => {},
  file: () => {},
  read: () => {},
  say: () => {},
  end: () => {},
}

export interface ProgressOptions {
  readonly write: (text: string) => void
  /** Whether a line can be written over. */
  readonly isTerminal: boolean
  /** Milliseconds of a clock that only goes on. */
  readonly now: () => number
}

const REDRAW_MS = 200
const LINE_MS = 5000
const BAR = 24
/** Each record is read once to survey it, and maybe once more to make a row of it. */
const PASSES = 2

/** Shows how far a load is: a bar on a terminal, a line every few seconds elsewhere. */
export function showProgress({ write, isTerminal, now }: ProgressOptions): Progress {
  let source = ''
  let total: number | undefined
  let files = 0
  let records = 0
  let bytes = 0
  let began = now()
  let drawn = began
  let isDrawn = false
  const clear = () => {
    if (isDrawn) write('\r\u001B[K')
    isDrawn = false
  }
  const begin = (size: number | undefined) => {
    clear()
    total = size === undefined ? undefined : size * PASSES
    files = 0
    records = 0
    bytes = 0
    began = now()
    drawn = began
  }
  const read = (more: number, moreBytes: number) => {
    records += more
    bytes += moreBytes
    const at = now()
    if (at - drawn < (isTerminal ? REDRAW_MS : LINE_MS)) return
    drawn = at
    const line = progressLine({ source, total, files, records, bytes, seconds: (at - began) / 1000 })
    if (isTerminal) write(`\r${line}\u001B[K`)
    else write(`${line}\n`)
    isDrawn = isTerminal
  }
  return {
    begin(name, size) {
      begin(size)
      source = name
    },
    file(name, more, moreBytes) {
      if (files === 0) begin(undefined)
      source = name
      files++
      read(more, moreBytes)
    },
    read,
    say(text) {
      clear()
      write(`${text}\n`)
    },
    end: clear,
  }
}

export interface Shown {
  readonly source: string
  /** Bytes to be read in all passes, where they are known. */
  readonly total: number | undefined
  /** Small files that were read; absent, or 0: it is one source. */
  readonly files?: number
  readonly records: number
  readonly bytes: number
  readonly seconds: number
}

/** `[######------]  48 %  1,200,000 records read  24,000/s  600 of 1,250 MB  27 s left  orders.ndjson` */
export function progressLine({ source, total, files = 0, records, bytes, seconds }: Shown): string {
  const rate = seconds > 0 ? Math.round(records / seconds) : 0
  const read = `${records.toLocaleString('en')} records read  ${rate.toLocaleString('en')}/s`
  const name = shown(source.slice(source.lastIndexOf('/') + 1))
  const mb = (count: number) => (count / 1e6).toLocaleString('en', { maximumFractionDigits: 0 })
  if (files > 0) {
    const fileRate = seconds > 0 ? Math.round(files / seconds) : 0
    return `${files.toLocaleString('en')} files  ${fileRate.toLocaleString('en')}/s  ${read}  ${mb(bytes)} MB  ${name}`
  }
  if (total === undefined || total === 0) return `${read}  ${mb(bytes)} MB  ${name}`
  // what is packed has more bytes than its file
  const part = Math.min(1, bytes / total)
  const filled = Math.round(part * BAR)
  const left = part > 0 ? Math.round((seconds / part) * (1 - part)) : 0
  const bar = `[${'#'.repeat(filled)}${'-'.repeat(BAR - filled)}]`
  return `${bar} ${String(Math.round(part * 100)).padStart(3)} %  ${read}  ${mb(bytes)} of ${mb(total)} MB  ${left} s left  ${name}`
}
