import { randomBytes } from 'node:crypto'
import { parseContracts, useContracts, useTypeField, type ContractsTold } from '@tablestream/contract'
import { readJsonFiles, readSetting } from '@tablestream/service-kit'
import { ArchiveBucket } from './archive-bucket.ts'
import type { ArchiveParts } from './archive-parts.ts'
import type { ArchivePlan } from './archive-hours.ts'
import type { Config } from './config.ts'
import { PublishedRecord } from './record.ts'

const MINUTE_MS = 60_000
const DAY_MS = 86_400_000

/**
 * The clients and the plan that a configuration says. From here on the process knows its contracts.
 *
 * @param tell hears of these, where there are any
 */
export function openArchive(
  config: Config,
  tell?: (contracts: ContractsTold) => void,
): { readonly parts: ArchiveParts; readonly plan: ArchivePlan } {
  const { PROJECT_ID: projectId, DATASET: dataset, ARCHIVE_DATASET: archiveDataset } = config
  readSetting('TYPE_FIELD', () => useTypeField(config.TYPE_FIELD))
  useContracts(
    readSetting('CONTRACTS', () => parseContracts(readJsonFiles(config.CONTRACTS))),
    tell,
  )
  const types = config.ARCHIVE_TYPES.split(',').filter((type) => type !== '')
  return {
    parts: {
      record: new PublishedRecord({ projectId, dataset, archiveDataset }),
      bucket: new ArchiveBucket(projectId, config.ARCHIVE_BUCKET),
      layout: { types, minutes: config.ARCHIVE_MINUTES },
      keptMs: config.RECORD_DAYS * DAY_MS,
      now: Date.now,
      newId: () => randomBytes(6).toString('hex'),
    },
    plan: {
      settleMs: config.ARCHIVE_SETTLE_MINUTES * MINUTE_MS,
      recheckHours: config.ARCHIVE_RECHECK_HOURS,
    },
  }
}
