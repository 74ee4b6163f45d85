export { archiveHours, type ArchiveParts, type ArchivePlan, type HourReport } from './archive-hours.ts'
export { readConfig } from './config.ts'
export { openArchive } from './open-archive.ts'
export { readBack } from './read-back.ts'
