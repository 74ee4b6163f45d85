import type { EventPolicy } from '@tablestream/contract'
import type { Batch } from './batch.ts'
import type { WaitingRequest } from './waiting-request.ts'
import type { ChangeResult } from '../table-change.ts'
import type { TableState } from '../tables.ts'
import type { StepPlanner } from './plan-step.ts'

/** Answers those of a batch for whom nothing is left to do in this state of their table. */
export function answerThoseDone(
  batch: Batch,
  state: TableState | undefined,
  planner: StepPlanner,
  policy: EventPolicy,
): void {
  for (const request of batch.requests) {
    try {
      const result = resultFor(request, state, planner, policy)
      if (result) request.settle(result)
    } catch (error) {
      // an event that cannot be planned for must not keep the others from their columns
      request.fail(error)
    }
  }
  batch.dropSettled()
}

/** undefined while the table does not take the event yet. */
function resultFor(
  request: WaitingRequest,
  state: TableState | undefined,
  planner: StepPlanner,
  policy: EventPolicy,
): ChangeResult | undefined {
  const { event, progress } = request
  if (!state && policy.tables === 'freeze') return { outcome: 'frozen' }
  if (state) planner.observe(state, event)
  const left = planner.leftFor(state, event)
  if (left.outcome === 'something') return undefined
  return left.outcome === 'nothing' ? { outcome: progress } : left
}
