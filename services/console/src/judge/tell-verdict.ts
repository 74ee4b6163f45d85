import { destination, knownType, shorten, type EventPolicies, type Verdict } from '@tablestream/contract'
import { plan, toJsonText, type Column, type JsonValue } from '@tablestream/table-schema'
import type { EventStory, PlanShape, Problem } from '../api/event.ts'

export function judgedOf(verdict: Verdict): EventStory['judged'] {
  const contract = knownType(verdict.eventType) ? { contract: verdict.eventType } : {}
  if (verdict.outcome === 'event') return { outcome: 'event', problems: [], ...contract }
  const { reason, message } = verdict
  return { outcome: 'rejected', reason, message, problems: problemsOf(verdict), ...contract }
}

/** What is wrong, by the contract, or with the event as a whole. */
export function problemsOf(verdict: Extract<Verdict, { outcome: 'rejected' }>): Problem[] {
  const { problems, path, reason: rule, message, value } = verdict
  if (problems.length === 0) return [{ path, rule, message, value }]
  return problems.map((problem) => ({
    path: problem.path,
    rule: problem.rule,
    message: problem.message,
    value: problem.value === undefined ? '' : shorten(toJsonText(problem.value as JsonValue)),
  }))
}

/** What the table lacks for the event, as it is now. */
export function planOf(
  columns: readonly Column[] | undefined,
  { event, eventType }: Extract<Verdict, { outcome: 'event' }>,
  policies: EventPolicies,
): PlanShape {
  const policy = policies.of(eventType)
  const { outcome, added, widened, relaxed, conflicts } = plan(columns, event, {
    columnLimit: policy.column_limit,
    columns: policy.columns === 'evolve' ? 'evolve' : 'freeze',
    contract: destination(eventType).contract,
  })
  return {
    action: outcome,
    added: [...added],
    widened: widened.map(({ path, from, to }) => ({ path, from_type: from, to_type: to })),
    relaxed: [...relaxed],
    conflicts: conflicts.map(({ path, reason, value }) => ({
      path,
      reason,
      value: shorten(toJsonText(value)),
    })),
  }
}
