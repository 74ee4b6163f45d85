export type { FaultPlan, FaultRule } from './faults/fault-plan.ts'
export {
  startLocalCloud,
  type FaultInjection,
  type LocalCloud,
  type LocalCloudOptions,
} from './start-local-cloud.ts'
