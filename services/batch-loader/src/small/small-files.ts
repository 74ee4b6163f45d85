import { SourceError, type SourceObject } from '../formats/index.ts'
import { MOST_RECORDS } from '../land/way.ts'
import type { LoadName } from '../ledger.ts'
import { loadAlone } from '../load-alone.ts'
import { loadNameOf, type SourceReport } from '../load-object.ts'
import type { LoadParts } from '../load-parts.ts'
import { noProgress } from '../progress.ts'
import { refuseBad, SURE } from '../refuse-bad.ts'
import { isOurs } from '../source-load.ts'
import { createSurveyor } from '../survey.ts'
import { readAhead } from './read-ahead.ts'
import { readSmall, type SmallFile } from './read-small.ts'
import { SmallSurvey } from './survey-small.ts'
import { Units, type ReadFile } from './units.ts'

/** Files that are asked for and land together at first: who is killed soon has done something all the same. */
const FIRST_FILES = 50
/** More of them are no faster, and have more to do again after a crash. */
const MOST_FILES = 1000
/** So many files a dry run tells of one by one. */
const SURVEYED_ALONE = 10
/** A file is small where so many fit into a stream. */
const FILES_A_STREAM = 8

/** Whether a file lands together with others. One that does not fit into a share, or that only this process has, does not. */
export function isSmall(
  { bytes, rows, close }: SourceObject,
  { streamBytes, portionBytes }: LoadParts,
): boolean {
  if (bytes === undefined || rows || close) return false
  return bytes <= Math.min(streamBytes / FILES_A_STREAM, portionBytes)
}

/** A file that may be read. */
interface Named {
  readonly object: SourceObject
  readonly load: LoadName
}

/**
 * Loads small files by units of many: one question to the ledger, one query and one stream for each type, and one statement that says
 * that all of them are done. Which task loads a file its name says alone: tasks that find other files agree all the same.
 */
export class SmallFiles {
  readonly #parts: LoadParts
  readonly #units: Units
  /** The ids of all that came. */
  readonly #seen = new Set<string>()
  #waiting: SourceObject[] = []
  #isFirst = true
  readonly #survey: SmallSurvey
  #alone = 0
  #most = FIRST_FILES

  constructor(parts: LoadParts) {
    this.#parts = parts
    this.#survey = new SmallSurvey(parts)
    this.#units = new Units(parts)
  }

  /** Lands first what an earlier start left, whatever is loaded now. */
  async *begin(): AsyncGenerator<SourceReport> {
    if (!this.#parts.dryRun) yield* await this.#units.takeUp()
  }

  async *add(object: SourceObject): AsyncGenerator<SourceReport> {
    this.#waiting.push(object)
    if (this.#waiting.length >= this.#most) yield* this.#loadWaiting()
  }

  async *end(): AsyncGenerator<SourceReport> {
    if (this.#waiting.length > 0) yield* this.#loadWaiting()
    const { files, result: survey } = this.#survey
    const source = `${files.toLocaleString('en')} more small files together`
    if (files > 0) yield { outcome: 'surveyed', source, survey, csv: undefined }
  }

  async *#loadWaiting(): AsyncGenerator<SourceReport> {
    const waiting = this.#waiting.map((object) => ({ object, load: loadNameOf(object, this.#parts) }))
    this.#waiting = []
    const named: Named[] = []
    const again: Named[] = []
    for (const each of waiting) {
      ;(this.#seen.has(each.load.loadId) ? again : named).push(each)
      this.#seen.add(each.load.loadId)
    }
    this.#most = Math.min(this.#most * 2, MOST_FILES)
    const isAlone = this.#isFirst && waiting.length === 1
    this.#isFirst = false
    const parts = this.#parts
    if (parts.dryRun) {
      yield* this.#surveyAll(named)
      return
    }
    const left = named.filter(({ load }) => !this.#units.settled.has(load.loadId))
    if (isAlone) {
      for (const { object } of left) yield await loadAlone(object, parts)
      return
    }
    const own: Named[] = []
    for (const each of left) {
      if (isOurs({ parts, load: each.load }, 0)) own.push(each)
      else yield { outcome: 'left to others', source: each.object.uri }
    }
    const before = await parts.ledger.find(own.map(({ load }) => load.loadId))
    const fresh: Named[] = []
    for (const each of own) {
      const accounts = before.get(each.load.loadId)
      if (accounts) yield { outcome: 'loaded before', source: each.object.uri, accounts }
      else fresh.push(each)
    }
    yield* this.#loadFresh(fresh)
    yield* this.#tellAgain(again)
  }

  /** What a source names that another one named, too: it has its end by now, or was told why not. */
  async *#tellAgain(again: readonly Named[]): AsyncGenerator<SourceReport> {
    if (again.length === 0) return
    const found = await this.#parts.ledger.find(again.map(({ load }) => load.loadId))
    for (const { object, load } of again) {
      const accounts = found.get(load.loadId)
      if (accounts) yield { outcome: 'loaded before', source: object.uri, accounts }
    }
  }

  async *#loadFresh(named: readonly Named[]): AsyncGenerator<SourceReport> {
    // each file is read once, and told as such
    const parts = { ...this.#parts, progress: noProgress }
    const begunAt = new Date().toISOString()
    let files: ReadFile[] = []
    let room = roomOf(parts)
    let stop: unknown
    for await (const { object, load, content } of readAhead(named)) {
      let file
      try {
        file = await readSmall(object, await content, { load, begunAt, parts })
        if (file !== 'other') refuseTooBad(file, parts)
      } catch (error) {
        if (error instanceof SourceError) {
          yield { outcome: 'not loaded', source: object.uri, error }
          continue
        }
        stop = error
        break
      }
      if (file === 'other') {
        yield await loadAlone(object, this.#parts)
        continue
      }
      this.#parts.progress.file(object.uri, file.records.length, object.bytes ?? 0)
      if (file.records.length > room.records || file.bytes > room.bytes) {
        yield* await this.#units.land(files, begunAt)
        files = []
        room = roomOf(parts)
      }
      files.push({ object, file })
      room = { records: room.records - file.records.length, bytes: room.bytes - file.bytes }
    }
    yield* await this.#units.land(files, begunAt)
    // what stands before it has landed
    if (stop !== undefined) throw stop
  }

  /** The first ones each for itself, the others together. */
  async *#surveyAll(named: readonly Named[]): AsyncGenerator<SourceReport> {
    const parts = { ...this.#parts, progress: noProgress }
    const alone = named.slice(0, Math.max(0, SURVEYED_ALONE - this.#alone))
    this.#alone += alone.length
    for (const { object } of alone) yield await loadAlone(object, this.#parts)
    const begunAt = new Date().toISOString()
    for await (const { object, load, content } of readAhead(named.slice(alone.length))) {
      try {
        const file = await readSmall(object, await content, { load, begunAt, parts })
        if (file === 'other') yield await loadAlone(object, this.#parts)
        else {
          refuseTooBad(file, parts, SURE)
          await this.#survey.add(file)
          this.#parts.progress.file(object.uri, file.records.length, object.bytes ?? 0)
        }
      } catch (error) {
        if (!(error instanceof SourceError)) throw error
        yield { outcome: 'not loaded', source: object.uri, error }
      }
    }
  }
}

const roomOf = ({ streamBytes }: LoadParts) => ({ records: MOST_RECORDS, bytes: streamBytes })

/** @throws LoadError */
function refuseTooBad({ load, records }: SmallFile, { policies, maxBad }: LoadParts, least = 0): void {
  if (maxBad === 1 || records.every(({ judged }) => judged.outcome === 'event')) return
  const bad = createSurveyor(policies, () => undefined)
  for (const { judged, place } of records) if (judged.outcome === 'rejected') bad.add(judged, place)
  refuseBad({ ...bad.result, records: records.length }, maxBad, load.source, least)
}
