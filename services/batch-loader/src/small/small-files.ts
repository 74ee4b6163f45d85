import { randomUUID } from 'node:crypto'
import { SourceError, type SourceObject } from '../formats/index.ts'
import { MOST_RECORDS } from '../land/way.ts'
import type { LoadName } from '../ledger.ts'
import { loadAlone } from '../load-alone.ts'
import { loadIdOf, loadNameOf, type SourceReport } from '../load-object.ts'
import type { LoadParts } from '../load-parts.ts'
import { noProgress } from '../progress.ts'
import { refuseBad } from '../refuse-bad.ts'
import { isOurs } from '../source-load.ts'
import { createSurveyor } from '../survey.ts'
import { landUnit, type LandUnitParts } from './land-unit.ts'
import { readAhead } from './read-ahead.ts'
import { readSmall, type SmallFile } from './read-small.ts'
import { remembering } from './remembering.ts'
import { SmallSurvey } from './survey-small.ts'
import { makeUnit, UNIT, type Unit } from './unit.ts'

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
  readonly #folder: string
  /** Units that an earlier start left, once they have landed here: by the ids of their files. */
  #takenUp: Set<string> | undefined
  #waiting: SourceObject[] = []
  #isFirst = true
  readonly #survey: SmallSurvey
  #alone = 0
  #most = FIRST_FILES

  constructor(parts: LoadParts) {
    this.#parts = parts
    this.#survey = new SmallSurvey(parts)
    const rules = loadIdOf({ uri: '', version: '' }, parts)
    this.#folder = `loads/units/${rules}/${parts.task}-of-${parts.tasks}/`
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
    const objects = this.#waiting
    this.#waiting = []
    this.#most = Math.min(this.#most * 2, MOST_FILES)
    const isAlone = this.#isFirst && objects.length === 1
    this.#isFirst = false
    const parts = this.#parts
    if (parts.dryRun) {
      yield* this.#surveyAll(objects)
      return
    }
    if (!this.#takenUp) yield* this.#takeUp()
    const named = objects.map((object) => ({ object, load: loadNameOf(object, parts) }))
    const left = named.filter(({ load }) => !this.#takenUp!.has(load.loadId))
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
  }

  async *#loadFresh(named: readonly Named[]): AsyncGenerator<SourceReport> {
    // each file is read once, and told as such
    const parts = { ...this.#parts, progress: noProgress }
    const begunAt = new Date().toISOString()
    let files: SmallFile[] = []
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
        yield* this.#land(files, begunAt)
        files = []
        room = roomOf(parts)
      }
      files.push(file)
      room = { records: room.records - file.records.length, bytes: room.bytes - file.bytes }
    }
    yield* this.#land(files, begunAt)
    // what stands before it has landed
    if (stop !== undefined) throw stop
  }

  async *#land(files: readonly SmallFile[], begunAt: string): AsyncGenerator<SourceReport> {
    if (files.length === 0) return
    const parts = this.#parts
    const unitId = randomUUID().replaceAll('-', '').slice(0, 20)
    const workshop = remembering(parts.workshopOf(`${this.#folder}${unitId}/`))
    const unit = await makeUnit(files, { parts, workshop, begunAt, unitId })
    yield* reportsOf(unit, { parts, workshop, unitId })
  }

  /** The first ones each for itself, the others together. */
  async *#surveyAll(objects: readonly SourceObject[]): AsyncGenerator<SourceReport> {
    const parts = { ...this.#parts, progress: noProgress }
    const alone = objects.slice(0, Math.max(0, SURVEYED_ALONE - this.#alone))
    this.#alone += alone.length
    for (const object of alone) yield await loadAlone(object, this.#parts)
    const begunAt = new Date().toISOString()
    const others = objects.slice(alone.length).map((object) => ({ object, load: loadNameOf(object, parts) }))
    for await (const { object, load, content } of readAhead(others)) {
      try {
        const file = await readSmall(object, await content, { load, begunAt, parts })
        if (file === 'other') yield await loadAlone(object, this.#parts)
        else {
          await this.#survey.add(file)
          this.#parts.progress.file(object.uri, file.records.length, object.bytes ?? 0)
        }
      } catch (error) {
        if (!(error instanceof SourceError)) throw error
        yield { outcome: 'not loaded', source: object.uri, error }
      }
    }
  }

  /** Lands the units of which all rows were made when the process before this one was killed: their files may be others by now. */
  async *#takeUp(): AsyncGenerator<SourceReport> {
    const takenUp = new Set<string>()
    this.#takenUp = takenUp
    const folder = this.#parts.workshopOf(this.#folder)
    for (const name of await folder.names()) {
      if (!name.endsWith(`/${UNIT}`)) continue
      const unit = await folder.read<Unit>(name)
      if (!unit) continue
      const unitId = name.slice(0, -`/${UNIT}`.length)
      const parts = this.#parts
      const workshop = parts.workshopOf(`${this.#folder}${unitId}/`)
      try {
        yield* reportsOf(unit, { parts, workshop, unitId })
      } catch (error) {
        // its process lives, and was done with it meanwhile: the ledger says so
        if ((await folder.read(name)) === undefined) continue
        throw error
      }
      for (const { load } of unit.files) takenUp.add(load.loadId)
    }
  }
}

async function* reportsOf(unit: Unit, at: LandUnitParts): AsyncGenerator<SourceReport> {
  for (const { load, accounts } of await landUnit(unit, at))
    yield { outcome: 'loaded', source: load.source, accounts }
}

const roomOf = ({ streamBytes }: LoadParts) => ({ records: MOST_RECORDS, bytes: streamBytes })

/** @throws LoadError */
function refuseTooBad({ load, records }: SmallFile, { policies, maxBad }: LoadParts): void {
  if (maxBad === 1 || records.every(({ judged }) => judged.outcome === 'event')) return
  const bad = createSurveyor(policies, () => undefined)
  for (const { judged, place } of records) if (judged.outcome === 'rejected') bad.add(judged, place)
  refuseBad({ ...bad.result, records: records.length }, maxBad, load.source)
}
