import {
  destination,
  parseContracts,
  parsePolicies,
  TYPE_FIELD,
  typeField,
  useContracts,
  useTypeField,
} from '@tablestream/contract'
import { createPublisher, readJsonFiles, readJsonVariable, readSetting } from '@tablestream/service-kit'
import type { Config } from './config.ts'
import { openWarehouse } from './google/bigquery.ts'
import { openPendingStreams } from './google/pending-streams.ts'
import { createStorage, openWorkshop } from './google/storage.ts'
import { openLedger } from './ledger.ts'
import type { LoadParts } from './load-parts.ts'
import { noProgress } from './progress.ts'
import { createTableKeeper } from './tables.ts'

export interface OpenLoader {
  readonly parts: LoadParts
  close(): Promise<void>
}

/** Everything that a load needs, by its configuration; what is given goes before it. From here on the process knows its contracts. */
export function openLoader(config: Config, given: Partial<LoadParts> = {}): OpenLoader {
  const { PROJECT_ID, DATASET } = config
  const warehouse = given.warehouse ?? openWarehouse(PROJECT_ID, DATASET)
  const storage = createStorage(PROJECT_ID)
  const streams = openPendingStreams(PROJECT_ID, DATASET, config.STORAGE_WRITE_ENDPOINT)
  const letters = createPublisher(PROJECT_ID, config.DEAD_LETTER_TOPIC)
  const requests = createPublisher(PROJECT_ID, config.SCHEMA_REQUESTS_TOPIC)
  const waitMs = config.LOAD_WAIT_SECONDS * 1000
  readSetting('TYPE_FIELD', () => useTypeField(config.TYPE_FIELD))
  const contracts = readSetting('CONTRACTS', () => readJsonFiles(config.CONTRACTS))
  useContracts(readSetting('CONTRACTS', () => parseContracts(contracts)))
  const policyText = given.policyText ?? readJsonVariable(config.EVENT_POLICIES)
  const parts: LoadParts = {
    warehouse,
    storage,
    workshopOf: (prefix) => openWorkshop(storage, config.LOAD_BUCKET, prefix),
    ledger: openLedger(warehouse),
    tables: createTableKeeper({ warehouse, publish: (messages) => requests.publish(messages), waitMs }),
    policies: parsePolicies(policyText),
    policyText,
    contractText: contractTextOf(contracts),
    publishLetters: (messages) => letters.publish(messages),
    progress: noProgress,
    tableOf: (eventType) => destination(eventType).table,
    hasSources: given.source !== undefined,
    name: '',
    hints: {},
    portionBytes: config.LOAD_PORTION_BYTES,
    streams,
    streamBytes: config.LOAD_STREAM_BYTES,
    maxBad: 1,
    dryRun: false,
    waitMs,
    leaseMs: config.LOAD_LEASE_SECONDS * 1000,
    task: config.CLOUD_RUN_TASK_INDEX,
    tasks: config.CLOUD_RUN_TASK_COUNT,
    ...given,
  }
  return {
    parts,
    close: async () => {
      await letters.close()
      await requests.close()
      streams.close()
    },
  }
}

/** By another field of the type the same file is another load. */
function contractTextOf(contracts: ReturnType<typeof readJsonFiles>): string {
  if (typeField() !== TYPE_FIELD) return JSON.stringify({ typeField: typeField(), contracts })
  return contracts.length === 0 ? '' : JSON.stringify(contracts)
}
