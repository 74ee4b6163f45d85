import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { skipped } from './skipped.ts'

/** Folder of real events, a file of JSON lines for each type: they are no part of the repository. */
const folder = process.env['REAL_EVENTS'] ?? ''

/** The reason to skip a test that needs the real events; false where they are there. */
export const withoutRealEvents: string | false = skipped(missing())

function missing(): string | false {
  if (folder === '') return 'REAL_EVENTS names no folder of real events'
  return existsSync(folder) ? false : `REAL_EVENTS: ${folder} is not there`
}

/** Real webhook events as texts, by file: one event type each. */
export function realEvents(): readonly (readonly string[])[] {
  return readdirSync(folder).map((file) => readFileSync(`${folder}/${file}`, 'utf8').trim().split('\n'))
}
