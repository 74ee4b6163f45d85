export type { FaultPlan, FaultRule } from './faults/fault-plan.ts'
export { readSeed } from './seed/seed-file.ts'
export {
  startLocalCloud,
  type FaultInjection,
  type LocalCloud,
  type LocalCloudOptions,
} from './start-local-cloud.ts'
