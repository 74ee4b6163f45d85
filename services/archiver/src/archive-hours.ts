import { archiveHour, makeKeys, type HourReport } from './archive-hour.ts'
import type { ArchiveParts } from './archive-parts.ts'
import { endOf, hoursBetween, hourOf, type Hour } from './hours.ts'
import { checkLayout } from './layout.ts'
import { removeLeftovers } from './leftovers.ts'
import { hoursToLookAt } from './late-messages.ts'

export interface ArchivePlan {
  /** How long after its end an hour is left alone: Pub/Sub is still writing it. */
  readonly settleMs: number
  /** Of how many archived hours, the youngest and the oldest, each run looks whether messages came late; 0: of none at all. */
  readonly recheckHours: number
}

/**
 * Archives every hour that the record has and the archive lacks, the oldest first, and those to which messages came late.
 *
 * @param told hears of each hour, as it is done
 * @throws AggregateError that names the hours that failed, and those whose keys did, when all others are done
 */
export async function archiveHours(
  parts: ArchiveParts,
  plan: ArchivePlan,
  told: (report: HourReport) => void,
): Promise<void> {
  checkLayout(parts.layout)
  const now = parts.now()
  // the first hour of the record may have begun before it; the oldest may be half gone
  const oldest = Math.max(await parts.record.begun(), now - parts.keptMs + (endOf(hourOf(now)) - now))
  const closed = hoursBetween(oldest, now - plan.settleMs)
  const archived = new Set(await parts.bucket.hours())
  const failures = new Map<string, unknown>()
  const attempt = async (what: string, work: () => Promise<HourReport | undefined>) => {
    try {
      const report = await work()
      if (!report) return
      const { keysFailed, ...done } = report
      told(done)
      if (keysFailed !== undefined) failures.set(`keys of ${what}`, keysFailed)
    } catch (error) {
      // the record forgets the later hours, too: they do not wait for this one
      failures.set(what, error)
    }
  }
  for (const hour of closed) if (!archived.has(hour)) await attempt(hour, () => archiveHour(parts, hour))
  const known = closed.filter((hour) => archived.has(hour))
  for (const hour of hoursToLookAt(known, plan.recheckHours, now))
    await attempt(hour, () => archiveLate(parts, hour))
  await attempt('what tries left that were killed', () => removeLeftovers(parts))
  if (failures.size > 0) throw failed(failures)
}

/** Archives an hour again where the record has more of it than the archive, and makes its keys where they are missing. */
async function archiveLate(parts: ArchiveParts, hour: Hour): Promise<HourReport | undefined> {
  const kept = await parts.bucket.manifest(hour)
  if (!kept) return undefined
  if ((await parts.record.count(hour)) > kept.manifest.messages) return archiveHour(parts, hour, kept)
  return kept.manifest.has_keys === false ? makeKeys(parts, hour, kept) : undefined
}

function failed(failures: ReadonlyMap<string, unknown>): AggregateError {
  const all = [...failures].map(
    ([what, error]) => `${what}: ${error instanceof Error ? error.message : String(error)}`,
  )
  return new AggregateError(failures.values(), `not archived: ${all.join('; ')}`)
}
