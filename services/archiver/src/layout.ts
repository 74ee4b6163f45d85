import { folderOf, type Hour } from './hours.ts'

/** How an hour is laid out in folders: `output/order/2026/11/29/05/07/`. */
export interface Layout {
  /** Event types with a folder each. */
  readonly types: readonly string[]
  /** How many minutes a folder has: a divisor of 60. */
  readonly minutes: number
}

/** The folder of every other event type, and of what is no event: no event type of a catalogue begins so. */
export const OTHERS = '_others'
const ROOT = 'output'
const MINUTES = 60
const TYPE = /^[a-z][a-z0-9_]*$/
/** cloud.google.com/bigquery/quotas: partitions that one job changes. */
const MOST_FOLDERS = 4000

/** @throws Error that names what is wrong with it */
export function checkLayout({ types, minutes }: Layout): void {
  const wrong = types.find((type) => !TYPE.test(type))
  if (wrong !== undefined)
    throw new Error(`an event type with a folder is of lower-case letters, digits and _, but is "${wrong}"`)
  if (!Number.isInteger(minutes) || minutes < 1 || MINUTES % minutes !== 0)
    throw new Error(`a folder has a number of minutes that divides 60, but has ${minutes}`)
  const folders = (types.length + 1) * (MINUTES / minutes)
  if (folders > MOST_FOLDERS)
    throw new Error(
      `${types.length} event types by ${minutes} minutes are ${folders} folders an hour; ${MOST_FOLDERS} is the limit`,
    )
}

/** Every folder of an hour has a number, the partition that its messages are in: these are the numbers' bounds. */
export function slotsOf({ types }: Layout): { readonly start: number; readonly end: number } {
  return { start: 0, end: (types.length + 1) * MINUTES }
}

/** GoogleSQL for the number of a message's folder. @param type SQL for its event type */
export function slotSql({ types, minutes }: Layout, type: string, publishTime: string): string {
  const cases = types.map((each, place) => `WHEN '${each}' THEN ${place}`).join(' ')
  const place = types.length === 0 ? '0' : `CASE ${type} ${cases} ELSE ${types.length} END`
  const minute = `EXTRACT(MINUTE FROM ${publishTime})`
  return `${place} * ${MINUTES} + ${minute} - MOD(${minute}, ${minutes})`
}

export function typeOfSlot({ types }: Layout, slot: number): string {
  return types[Math.floor(slot / MINUTES)] ?? OTHERS
}

/** `output/order/2026/11/29/05/07` */
export function folderOfSlot(layout: Layout, hour: Hour, slot: number): string {
  return `${hourFolder(typeOfSlot(layout, slot), hour)}/${String(slot % MINUTES).padStart(2, '0')}`
}

/** `output/order/2026/11/29/05` */
export function hourFolder(type: string, hour: Hour): string {
  return `${ROOT}/${type}/${folderOf(hour)}`
}

/** Where the manifests are: one for each hour that is archived. */
export const MANIFESTS = `${ROOT}/_hours/`

/** `output/_hours/2026/11/29/05.json` */
export function manifestName(hour: Hour): string {
  return `${MANIFESTS}${folderOf(hour)}.json`
}

/** The hour of a manifest; undefined where the name is none of one. */
export function hourOfManifest(name: string): Hour | undefined {
  const [, year, month, day, hour] = /\/(\d{4})\/(\d\d)\/(\d\d)\/(\d\d)\.json$/.exec(name) ?? []
  return hour === undefined ? undefined : `${year}-${month}-${day}T${hour}`
}
