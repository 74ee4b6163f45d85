import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const folder = fileURLToPath(new URL('../../shared/data/github-webhooks', import.meta.url))

/** The reason to skip a test that needs the real events; false where they are there. */
export const withoutRealEvents: string | false = existsSync(folder)
  ? false
  : 'the real events are not on this machine: they are no part of the repository'

/** Real webhook events as texts, by file: one event type each. */
export function realEvents(): readonly (readonly string[])[] {
  return readdirSync(folder).map((file) => readFileSync(`${folder}/${file}`, 'utf8').trim().split('\n'))
}
