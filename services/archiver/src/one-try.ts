import type { Hour } from './hours.ts'

/** A try to archive an hour that takes longer is given up before it names its files: they may be taken for what a killed one left. */
export const LONGEST_TRY_MS = 3_600_000

/** Where the markers of tries are. No event type begins so. */
export const TRIES = 'output/_tries/'

const TABLE = /^hour_(\d{4})(\d\d)(\d\d)(\d\d)_([0-9a-z]+)$/

/** The table of one try: `hour_2026112905_ID`. */
export function tableOfTry(hour: Hour, id: string): string {
  return `hour_${hour.replaceAll(/\D/g, '')}_${id}`
}

/**
 * The object that tells of a try's files for as long as they may be there: tables expire after a day, wherever the archiver is then. Its
 * content is the event types that have folders in it.
 */
export function markerOfTry(hour: Hour, id: string): string {
  return `${TRIES}${tableOfTry(hour, id)}.json`
}

/** The hour of a try, by its marker; undefined where it is none of one. */
export function hourOfMarker(name: string): Hour | undefined {
  return hourOfTry(name.slice(TRIES.length).replace(/\.json$/, ''))
}

/** The hour of a try, by its table; undefined where it is none of one. */
export function hourOfTry(table: string): Hour | undefined {
  const [, year, month, day, hour, id] = TABLE.exec(table) ?? []
  return id === undefined ? undefined : `${year}-${month}-${day}T${hour}`
}
