export type { HourReport } from './archive-hour.ts'
export type { ArchiveParts } from './archive-parts.ts'
export { archiveHours, type ArchivePlan } from './archive-hours.ts'
export { readConfig } from './config.ts'
export {
  attribute,
  hardMessagesOf,
  IS_FORWARDED,
  keysOf,
  KEY_COLUMNS,
  likeness,
  messagesAndKeysOf,
} from './message-sql.ts'
export { hoursBetween } from './hours.ts'
export { openArchive } from './open-archive.ts'
export { readBack, shownHours } from './read-back.ts'
export { keyOf, keySql, shownOf } from './text-key.ts'
