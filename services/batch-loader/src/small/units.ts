import { randomUUID } from 'node:crypto'
import { shown } from '@tablestream/service-kit'
import type { SourceObject } from '../formats/index.ts'
import type { Workshop } from '../google/storage.ts'
import { inLandingTurn } from '../land/landing-turn.ts'
import { saysWhy } from '../land/turns-of.ts'
import { loadAlone } from '../load-alone.ts'
import { aboutSource, LoadError } from '../load-error.ts'
import { loadIdOf, type SourceReport } from '../load-object.ts'
import type { LoadParts } from '../load-parts.ts'
import { hasLanded, landUnit } from './land-unit.ts'
import type { SmallFile } from './read-small.ts'
import { remembering } from './remembering.ts'
import { makeUnit, UNIT, type Unit } from './unit.ts'

/** A file that has been read, and where it can be read again. */
export interface ReadFile {
  readonly object: SourceObject
  readonly file: SmallFile
}

const UNITS = 'loads/units/'
/** When one file has waited in vain for its table, those behind it wait no longer than this: a unit has a thousand of them. */
const SHORT_WAIT_MS = 2000

/**
 * Lands units in the turn of all who load by the same rules: a unit that is there in one's own turn is nobody's any more, as its process
 * is gone or has said nothing for the time of a lease. The turn's owner is this object, and no other process says its name.
 */
export class Units {
  /** The ids of files whose end a unit that was left has, or will have: they are not read. */
  readonly settled = new Set<string>()
  readonly #parts: LoadParts
  readonly #folder: string
  readonly #turns: Workshop
  readonly #owner = randomUUID()
  /** Files that are in units of loads by other rules, and the names of these. */
  readonly #others = new Map<string, string>()
  #waitMs: number

  constructor(parts: LoadParts) {
    this.#parts = parts
    this.#waitMs = parts.waitMs
    const place = `${loadIdOf({ uri: '', version: '' }, parts)}/${parts.task}-of-${parts.tasks}/`
    this.#folder = `${UNITS}${place}`
    this.#turns = parts.workshopOf(`loads/unit-turns/${place}`)
  }

  /** Lands the units of which all rows were made when the process before this one was killed: their files may be others by now. */
  async takeUp(): Promise<readonly SourceReport[]> {
    const names = await this.#parts.workshopOf(UNITS).names()
    const units = [...names].filter(isUnit).map((name) => `${UNITS}${name}`)
    const isOwn = (name: string) => name.startsWith(this.#folder)
    for (const name of units.filter((each) => !isOwn(each))) {
      const unit = await this.#parts.workshopOf('').read<Unit>(name)
      // one that is landed meanwhile is gone
      for (const { load } of unit?.files ?? []) this.#others.set(load.source, name)
    }
    return units.some(isOwn) ? this.#inTurn(() => this.#landLeft()) : []
  }

  /** Lands files together, and those that cannot land so one by one. */
  async land(files: readonly ReadFile[], begunAt: string): Promise<readonly SourceReport[]> {
    if (files.length === 0) return []
    this.#sayOthers(files)
    return this.#inTurn(async () => {
      // others had their turn since it was asked what is there
      const reports = await this.#landLeft()
      const open = files.filter(({ file }) => !this.settled.has(file.load.loadId))
      const before = await this.#parts.ledger.find(open.map(({ file }) => file.load.loadId))
      const fresh: ReadFile[] = []
      for (const each of open) {
        const accounts = before.get(each.file.load.loadId)
        if (accounts) reports.push({ outcome: 'loaded before', source: each.object.uri, accounts })
        else fresh.push(each)
      }
      if (fresh.length > 0) reports.push(...(await this.#landFresh(fresh, begunAt)))
      return reports
    })
  }

  /** Of what a load by other rules left of these files nobody hears otherwise: no start by the rules of now looks for it. */
  #sayOthers(files: readonly ReadFile[]): void {
    const { progress, workshopOf } = this.#parts
    const shared = files.flatMap(({ object: { uri } }) => {
      const unit = this.#others.get(uri)
      return unit === undefined ? [] : [{ uri, unit }]
    })
    const [first] = shared
    if (!first) return
    const more = shared.length > 1 ? ` and ${(shared.length - 1).toLocaleString('en')} more files` : ''
    const which = 'by other rules (--type, --policy, contracts, the number of tasks)'
    progress.say(
      `${shown(first.uri)}${more}: a load ${which} was about to land the same, see ${workshopOf('').uriOf(first.unit)}. If it was killed, ` +
        `a start by its own rules lands the rest; what of them has landed is duplicates here`,
    )
  }

  #inTurn<T>(land: () => Promise<T>): Promise<T> {
    const { leaseMs } = this.#parts
    const onWait = saysWhy(this.#parts, 'another load lands small files')
    return inLandingTurn(this.#turns, { owner: this.#owner, leaseMs, onWait }, land)
  }

  async #landFresh(fresh: readonly ReadFile[], begunAt: string): Promise<readonly SourceReport[]> {
    const parts = this.#parts
    const unitId = randomUUID().replaceAll('-', '').slice(0, 20)
    const workshop = remembering(parts.workshopOf(`${this.#folder}${unitId}/`))
    try {
      const files = fresh.map(({ file }) => file)
      const unit = await makeUnit(files, { parts, workshop, begunAt, unitId })
      const at = { parts, workshop, unitId, owner: this.#owner, isTakenUp: false }
      return loadedOf(unit, await landUnit(unit, at))
    } catch (error) {
      if (!(error instanceof LoadError)) throw error
      if (await hasLanded(workshop, parts))
        return fresh.map(({ file }) => this.#keep(file.load.loadId, file.load.source, error))
      await workshop.remove([UNIT])
      await workshop.clear()
    }
    const reports: SourceReport[] = []
    for (const { object } of fresh) reports.push(await this.#loadAlone(object))
    return reports
  }

  async #loadAlone(object: SourceObject): Promise<SourceReport> {
    try {
      return await loadAlone(object, { ...this.#parts, waitMs: this.#waitMs })
    } catch (error) {
      if (!(error instanceof LoadError)) throw error
      if (error.rule === 'table_did_not_come') this.#waitMs = Math.min(this.#waitMs, SHORT_WAIT_MS)
      return notLoaded(object.uri, error)
    }
  }

  /** A unit of which some rows have landed waits for the next start: read anew, its files would have other counts. */
  #keep(loadId: string, source: string, error: LoadError): SourceReport {
    this.settled.add(loadId)
    const more =
      'Of the files that it lands with some rows have landed: the next start lands the others before anything else'
    return notLoaded(source, error, more)
  }

  async #landLeft(): Promise<SourceReport[]> {
    const parts = this.#parts
    const folder = parts.workshopOf(this.#folder)
    const reports: SourceReport[] = []
    for (const name of [...(await folder.names())].filter(isUnit)) {
      const unit = await folder.read<Unit>(name)
      // one that was kept was tried in this run
      if (!unit || unit.files.some(({ load }) => this.settled.has(load.loadId))) continue
      const known = await parts.ledger.find(unit.files.map(({ load }) => load.loadId))
      if (unit.files.every(({ load }) => known.has(load.loadId))) {
        await folder.remove([name])
        continue
      }
      const unitId = name.slice(0, -`/${UNIT}`.length)
      const workshop = parts.workshopOf(`${this.#folder}${unitId}/`)
      try {
        const at = { parts, workshop, unitId, owner: this.#owner, isTakenUp: true }
        reports.push(...loadedOf(unit, await landUnit(unit, at)))
        for (const { load } of unit.files) this.settled.add(load.loadId)
      } catch (error) {
        if (!(error instanceof LoadError)) throw error
        const isKept = await hasLanded(workshop, parts)
        // of what has landed nothing the files may be read again
        if (!isKept) await folder.remove([name])
        const more =
          'It was read by an earlier start, and nothing of it has landed: named again, it is read anew'
        for (const { load } of unit.files)
          reports.push(
            isKept ? this.#keep(load.loadId, load.source, error) : notLoaded(load.source, error, more),
          )
      }
    }
    return reports
  }
}

const isUnit = (name: string) => name.endsWith(`/${UNIT}`)

/** @param loaded of the files of the unit, in their order */
const loadedOf = ({ files }: Unit, loaded: Awaited<ReturnType<typeof landUnit>>): readonly SourceReport[] =>
  loaded.map(({ load, accounts }, index) => {
    const { bad } = files[index]!
    return { outcome: 'loaded', source: load.source, accounts, ...(bad && { bad }) }
  })

function notLoaded(source: string, error: LoadError, more = ''): SourceReport {
  return { outcome: 'not loaded', source, error: aboutSource(error, source, more) }
}
