export { readConfig, variables, type Config } from './config.ts'
export type { Account } from './ledger.ts'
export { LoadError } from './load-error.ts'
export { loadSources } from './load.ts'
export type { LoadParts } from './load-parts.ts'
export type { SourceReport } from './load-object.ts'
export { openLoader, type OpenLoader } from './open-loader.ts'
export type { Progress } from './progress.ts'
export {
  LOAD_OPTIONS,
  LOAD_USAGE,
  checkLoadArguments,
  loadCommand,
  type LoadArguments,
  type Output,
} from './load-command.ts'
export { JOBS } from '../jobs/index.ts'
export { batchCommand, STEPS } from './jobs/batch-command.ts'
export {
  checkRewindArguments,
  REWIND_OPTIONS,
  REWIND_USAGE,
  rewindCommand,
  type OpenRewoundTable,
  type RewindArguments,
} from './rewind/rewind-command.ts'
export type { RewoundTable } from './rewind/rewind.ts'
export { fixedSource } from './sources/recorded.ts'
