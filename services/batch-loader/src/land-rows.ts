import type { Portion } from './formats/index.ts'
import { loadedAheadName, type ShareLoaded } from './land/loads-ahead.ts'
import { Landing, tablesOf } from './land/landing.ts'
import { LoadJobs } from './land/load-jobs.ts'
import { PendingStream } from './land/pending-stream.ts'
import { newestRun } from './land/run.ts'
import type { Way } from './land/way.ts'
import type { Account } from './ledger.ts'
import { LoadError } from './load-error.ts'
import { ownOf } from './own-of.ts'
import type { Columns } from './plan-tables.ts'
import { readJudged } from './read-judged.ts'
import { aheadName, isValid, type Ahead } from './rows-ahead.ts'
import { targetsOf } from './rows-options.ts'
import { rowsOfSource } from './rows-of-source.ts'
import { isOurs, readSurely, type SourceLoad } from './source-load.ts'
import type { Survey } from './survey.ts'
import { waitForAll } from './wait-for-all.ts'
import { joined, numbered, objectsOf, type Written } from './written.ts'

export interface LandOptions {
  readonly columns: Columns
  readonly survey: Survey
  readonly way: Way
}

export interface LandedRows {
  readonly written: readonly Written[]
  readonly accounts: readonly Account[]
  /** The places of records that are dead letters because another event has their id, by event type. */
  readonly collisions: ReadonlyMap<string, readonly number[]>
  /** Takes away what was only for this. */
  readonly close: () => Promise<void>
}

/** Makes the rows of a source, and brings them into their tables. @throws LoadError */
export async function landRows(
  source: SourceLoad,
  { columns, survey, way }: LandOptions,
): Promise<LandedRows> {
  const tables = tablesOf(columns)
  if (way.by === 'pending stream') {
    const written = await writeAll(source, columns)
    const landing = new Landing(source, tables, new PendingStream(source, tables))
    const accounts = await landing.land(written, survey)
    return { written, accounts, collisions: landing.collisions, close: () => Promise.resolve() }
  }
  const { jobs, written, close } = await stage(source, columns)
  const landing = new Landing(source, tables, jobs)
  const accounts = await landing.land(written, survey)
  return { written, accounts, collisions: landing.collisions, close }
}

interface Staged {
  readonly jobs: LoadJobs
  readonly written: readonly Written[]
  readonly close: () => Promise<void>
}

/**
 * Brings all rows into the load's own table. One that was left there for more than a day is gone, or made anew and empty: then they are
 * brought once more, in a run of another name.
 *
 * @throws LoadError `staging_is_short` where it is so again
 */
async function stage(source: SourceLoad, columns: Columns): Promise<Staged> {
  const stageIn = async (least: number) => {
    const run = await newestRun(source.workshop, least)
    const jobs = new LoadJobs(source, tablesOf(columns), run)
    const written = await writeAll(source, columns, jobs)
    return { run, jobs, written, short: await jobs.short(written) }
  }
  const first = await stageIn(0)
  if (first.short === undefined) return { ...first, close: () => first.jobs.close() }
  const second = await stageIn(first.run.number + 1)
  if (second.short !== undefined) throw new LoadError('staging_is_short', second.short)
  // not before: other tasks may still look at what the first one has
  const close = async () => {
    await second.jobs.close()
    await first.jobs.close()
  }
  return { ...second, close }
}

/** @param jobs get the rows of each share as soon as they are made */
async function writeAll(source: SourceLoad, columns: Columns, jobs?: LoadJobs): Promise<readonly Written[]> {
  const { portions, workshop, parts } = source
  const done = await workshop.names()
  for (const portion of portions) {
    if (!isOurs(source, portion.index)) continue
    const isAhead = done.has(aheadName(portion))
    const written = done.has(writtenName(portion))
      ? await readSurely<Written>(workshop, writtenName(portion))
      : await workshop.make(
          writtenName(portion),
          await (isAhead
            ? takeAhead(source, portion, { columns, isLoaded: done.has(loadedAheadName(portion)) })
            : writePortion(source, portion, columns)),
        )
    if (jobs && !done.has(jobs.loadedName(portion.index))) await jobs.begin(portion.index, written)
  }
  await jobs?.allLoaded()
  // the jobs of others, too: what is not there when rows land would be taken for duplicates
  const wanted = portions.map((portion) => (jobs ? jobs.loadedName(portion.index) : writtenName(portion)))
  await waitForAll(workshop, wanted, parts.waitMs)
  return Promise.all(portions.map((portion) => readSurely<Written>(workshop, writtenName(portion))))
}

/** Takes what was made of a share while it was surveyed, as far as it is what would be made now, and makes the rest. */
async function takeAhead(
  source: SourceLoad,
  portion: Portion,
  { columns, isLoaded }: { readonly columns: Columns; readonly isLoaded: boolean },
): Promise<Written> {
  const { object, workshop, parts } = source
  const { from, written, bytes, ...made } = await readSurely<Ahead>(workshop, aheadName(portion))
  if (!isValid(made, columns)) {
    await workshop.remove(objectsOf(written))
    return writePortion(source, portion, columns)
  }
  const first =
    from === 0 ? undefined : await writePortion(source, portion, columns, { until: from, prefix: 'first-' })
  // as if all of it were read again: behind what is
  await object.check(portion)
  parts.progress.read(0, bytes)
  const all = first ? await joined(workshop, portion.index, first, written) : written
  return isLoaded ? withLoaded(all, written, await readSurely(workshop, loadedAheadName(portion))) : all
}

/** @param made what was made ahead @param loaded of a share: another process may have surveyed it too, and loaded other objects */
function withLoaded(all: Written, made: Written, loaded: ShareLoaded): Written {
  const types = Object.entries(all.types).map(([type, each]) => {
    const ahead = ownOf(loaded, type)
    const objects = ownOf(made.types, type)?.objects ?? []
    const isSame = ahead?.objects.join() === objects.join()
    return [type, ahead && isSame ? { ...each, ahead } : each] as const
  })
  return { ...all, types: Object.fromEntries(types) }
}

interface WriteOptions {
  /** Number of the record before which it ends; absent: all. */
  readonly until?: number
  /** Begins the names of its objects. */
  readonly prefix?: string
}

async function writePortion(
  source: SourceLoad,
  portion: Portion,
  columns: Columns,
  { until = Infinity, prefix = '' }: WriteOptions = {},
): Promise<Written> {
  const rows = rowsOfSource(source, portion, { targetOf: targetsOf(source.parts, columns), prefix })
  for await (const { judged, place } of readJudged(source, portion)) {
    for (let index = 0; index < judged.length && rows.records < until; index++) {
      if (rows.add(judged[index]!, place[index]!)) await rows.store()
    }
    if (rows.records >= until) break
  }
  return rows.finish()
}

const writtenName = ({ index }: Portion) => `written-${numbered(index)}.json`
