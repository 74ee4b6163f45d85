import { createHash } from 'node:crypto'
import {
  portionsOf,
  recognise,
  type CsvShape,
  SourceError,
  type Portion,
  type Recognised,
  type SourceObject,
} from './formats/index.ts'
import { textTypes, textTypesAtOnce } from './csv-columns.ts'
import { LoadsAhead } from './land/loads-ahead.ts'
import { wayOf } from './land/way.ts'
import { LoadError } from './load-error.ts'
import type { Account, LoadName } from './ledger.ts'
import type { LoadParts } from './load-parts.ts'
import { landRows } from './land-rows.ts'
import { mergeSurveys, type BadRecord, type Survey } from './survey.ts'
import { SourceSurvey, surveyAll } from './survey-source.ts'
import { refuseBad } from './refuse-bad.ts'
import { tablesFor, type Columns } from './plan-tables.ts'
import { isOurs, type SourceLoad } from './source-load.ts'
import { markLanded } from './mark-landed.ts'
import { tellCollisions } from './tell-collisions.ts'
import { tellLetters } from './tell-letters.ts'

/** What became of one source. */
export type SourceReport =
  | {
      readonly outcome: 'loaded' | 'loaded before'
      readonly source: string
      readonly accounts: readonly Account[]
      /** The first of its records that are no events. */
      readonly bad?: readonly BadRecord[]
    }
  /** It cannot be read: nothing of it has landed. */
  | { readonly outcome: 'not loaded'; readonly source: string; readonly error: SourceError | LoadError }
  /** It has no share for this task: others load it, and tell of it. */
  | { readonly outcome: 'left to others'; readonly source: string }
  | {
      readonly outcome: 'surveyed'
      readonly source: string
      readonly survey: Survey
      /** How CSV was read: much of it is a guess. */
      readonly csv: CsvShape | undefined
    }

/**
 * Loads one source. Each step leaves an object in the workshop when it is done, and is passed over where that is there: a loader that is
 * killed at any moment and started again, or started on many machines, goes on with what is left.
 */
export async function loadObject(object: SourceObject, given: LoadParts): Promise<SourceReport> {
  const recognised = await recognise(object, given.hints)
  const parts = recognised.isMessages ? { ...given, hasSources: true } : given
  const portions = await portionsOf(object, recognised, { bytes: parts.portionBytes })
  const load = loadNameOf(object, parts)
  const before = parts.dryRun ? undefined : (await parts.ledger.find([load.loadId])).get(load.loadId)
  if (before) return { outcome: 'loaded before', source: object.uri, accounts: before }
  if (parts.dryRun) return dryRun(object, recognised, portions, parts)
  const isFirst = isOurs({ parts, load }, 0)
  if (!isFirst && !portions.some(({ index }) => isOurs({ parts, load }, index)))
    return { outcome: 'left to others', source: object.uri }
  const workshop = parts.workshopOf(`loads/${load.loadId}/`)
  const { at: begunAt } = await workshop.make('begin.json', { at: new Date().toISOString() })
  const untyped: SourceLoad = {
    object,
    recognised,
    portions,
    types: undefined,
    load,
    workshop,
    begunAt,
    parts,
  }
  const source: SourceLoad = { ...untyped, types: await textTypes(untyped) }
  const loads = new LoadsAhead(source)
  const { surveys, survey } = await surveySource(source, loads)
  const columns = await planTables(source, survey)
  await loads.end()
  const counted = { ...source, portions: withFirstLines(portions, surveys) }
  const way = await workshop.make('way.json', wayOf(survey, parts.streamBytes))
  const { written, accounts, collisions, close } = await landRows(counted, { columns, survey, way })
  if (!object.isDead) {
    await tellLetters(source, written)
    await collisionsTold(counted, collisions)
  }
  await parts.ledger.done(`load_${load.loadId}_done`, [{ load, accounts }])
  // behind the ledger: what is marked is no dead letter of this span any more, and another load
  await markLanded(source, written, collisions)
  await close()
  await loads.drop()
  // other tasks may still look at it: then the bucket's lifecycle takes it away
  if (parts.tasks === 1) await workshop.clear()
  return { outcome: 'loaded', source: object.uri, accounts, bad: survey.bad }
}

/** @throws LoadError `source_gone`: their bytes are read from the source, behind the landing of the others */
async function collisionsTold(source: SourceLoad, collisions: ReadonlyMap<string, readonly number[]>) {
  try {
    await tellCollisions(source, collisions)
  } catch (error) {
    if (!(error instanceof SourceError)) throw error
    const count = [...collisions.values()].flat().length
    const untold = `of ${count.toLocaleString('en')} of its records, whose ids other events have, no dead letter was made`
    const message = `${error.message}. Its other rows have landed; ${untold}`
    throw new LoadError('source_gone', message, { cause: error })
  }
}

/** @throws SourceError where it cannot be read; LoadError `too_many_bad` */
async function surveySource(source: SourceLoad, loads: LoadsAhead) {
  try {
    const surveys = await surveyAll(source, loads)
    const survey = mergeSurveys(surveys)
    refuseBad(survey, source.parts.maxBad, source.object.uri)
    return { surveys, survey }
  } catch (error) {
    // the next start of this load may be one that takes more bad records, and loads all rows anew
    const isOver =
      error instanceof SourceError || (error instanceof LoadError && error.rule === 'too_many_bad')
    // where they cannot be dropped they end after a day, and what is told is why the load has ended
    if (isOver) await loads.abandon().catch(() => undefined)
    throw error
  }
}

export function loadNameOf(object: Pick<SourceObject, 'uri' | 'version'>, parts: LoadIdParts): LoadName {
  return { loadId: loadIdOf(object, parts), source: object.uri, version: object.version }
}

type LoadIdParts = Pick<
  LoadParts,
  'eventType' | 'source' | 'portionBytes' | 'name' | 'hints' | 'policyText' | 'contractText' | 'warehouse'
>

/** What a load is told by: the bytes, what is made of them by which rules, and where they go. */
export function loadIdOf(
  { uri, version }: Pick<SourceObject, 'uri' | 'version'>,
  { eventType, source, portionBytes, name, hints, policyText, contractText, warehouse }: LoadIdParts,
): string {
  const rules = contractText === '' ? [policyText] : [policyText, contractText]
  const made = [eventType, source, portionBytes, name, hints, ...rules]
  const told = JSON.stringify([uri, version, ...made, warehouse.name('')])
  return createHash('sha256').update(told).digest('hex').slice(0, 20)
}

async function dryRun(
  object: SourceObject,
  recognised: Recognised,
  portions: readonly Portion[],
  parts: LoadParts,
): Promise<SourceReport> {
  const begunAt = new Date().toISOString()
  const types = await textTypesAtOnce({ object, recognised, portions, parts })
  const surveys: Survey[] = []
  const look = new SourceSurvey({ object, recognised, types, begunAt, parts })
  let firstLine = 1
  for (const portion of portions) {
    const survey = await look.portion({ ...portion, firstLine })
    firstLine += survey.lines
    surveys.push(survey)
  }
  return { outcome: 'surveyed', source: object.uri, survey: mergeSurveys(surveys), csv: recognised.csv }
}

async function planTables({ workshop, parts }: SourceLoad, survey: Survey): Promise<Columns> {
  const known = await workshop.read<Columns>('columns.json')
  return known ?? workshop.make('columns.json', await tablesFor(parts, survey))
}

/** The shares with the number of their first line, which is known when all before them have been read. */
function withFirstLines(portions: readonly Portion[], surveys: readonly Survey[]): readonly Portion[] {
  let firstLine = 1
  return portions.map((portion, index) => {
    const counted = { ...portion, firstLine }
    firstLine += surveys[index]!.lines
    return counted
  })
}
