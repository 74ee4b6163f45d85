import type { Hour } from './hours.ts'

/** A try to archive an hour that takes longer is given up before it names its files: they may be taken for what a killed one left. */
export const LONGEST_TRY_MS = 3_600_000

const TABLE = /^hour_(\d{4})(\d\d)(\d\d)(\d\d)_([0-9a-z]+)$/

/** The table of one try: `hour_2026112905_ID`. */
export function tableOfTry(hour: Hour, id: string): string {
  return `hour_${hour.replaceAll(/\D/g, '')}_${id}`
}

/** The hour of a try, by its table; undefined where it is none of one. */
export function hourOfTry(table: string): Hour | undefined {
  const [, year, month, day, hour, id] = TABLE.exec(table) ?? []
  return id === undefined ? undefined : `${year}-${month}-${day}T${hour}`
}
