import createError from '@fastify/error'
import Type from 'typebox'
import { SCENARIOS } from './scenarios.ts'
import { isShopEventType, SHOP_EVENT_TYPES } from './shop/shop.ts'
import type { ShopEventType } from './shop/world.ts'

const UnknownType = createError<[string]>(
  'UNKNOWN_EVENT_TYPE',
  `unknown event type "%s"; known types: ${SHOP_EVENT_TYPES.join(', ')}`,
  400,
)
export const UnknownScenario = createError<[string]>(
  'UNKNOWN_SCENARIO',
  `unknown scenario "%s"; known scenarios: ${Object.keys(SCENARIOS).join(', ')}`,
  404,
)
export const UnknownTask = createError<[string, string]>(
  'UNKNOWN_TASK',
  'unknown task "%s"; tasks live in the process that runs them and end with it; this one knows: %s',
  404,
)
export const PublishFailed = createError<[string, { cause: Error }]>(
  'PUBLISH_FAILED',
  'the events could not be published: %s',
  503,
)

export function knownType(type: string): ShopEventType {
  if (!isShopEventType(type)) throw new UnknownType(type)
  return type
}

const Counts = Type.Record(Type.String(), Type.Integer())

/** How a task is doing, as the API tells it. */
export const TaskStatusSchema = Type.Object({
  task_id: Type.String(),
  scenario: Type.Optional(Type.String()),
  state: Type.Enum(['running', 'finished', 'stopped']),
  started_at: Type.String(),
  elapsed_seconds: Type.Number(),
  duration_seconds: Type.Number(),
  asked_events_per_second: Type.Number(),
  kept_events_per_second: Type.Number({ description: 'Published a second, since the beginning' }),
  events_in_all: Type.Integer(),
  events_behind: Type.Integer({ description: 'Due by now, and not published' }),
  published: Type.Integer(),
  failed: Type.Integer(),
  published_by_type: Counts,
  published_by_trouble: Counts,
  problem: Type.Optional(Type.String({ description: 'Why the rate is not kept, or what went wrong last' })),
})
