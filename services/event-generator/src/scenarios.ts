import type { Phase } from './schedule.ts'
import { SHOP_EVENT_TYPES } from './shop/shop.ts'
import type { ShopEventType } from './shop/world.ts'
import type { TroubleRates } from './trouble.ts'

/** A load with a name. */
export interface Scenario {
  readonly description: string
  readonly phases: readonly Phase[]
  readonly types: readonly ShopEventType[]
  readonly trouble?: TroubleRates
}

const MINUTE = 60

const steady = (eventsPerSecond: number, seconds: number): Phase[] => [{ seconds, eventsPerSecond }]
const minutes = (count: number, each: readonly Phase[]): Phase[] =>
  Array.from({ length: count }, () => each).flat()

export const SCENARIOS: Readonly<Record<string, Scenario>> = {
  quick_sample: { description: '30 events in 10 s', phases: steady(3, 10), types: SHOP_EVENT_TYPES },
  light_demo: {
    description: '1 event a second for 5 minutes',
    phases: steady(1, 5 * MINUTE),
    types: SHOP_EVENT_TYPES,
  },
  moderate_load: {
    description: '10 a second for 10 minutes',
    phases: steady(10, 10 * MINUTE),
    types: SHOP_EVENT_TYPES,
  },
  heavy_load: {
    description: '200 a second for 15 minutes',
    phases: steady(200, 15 * MINUTE),
    types: SHOP_EVENT_TYPES,
  },
  burst_test: {
    description: '5 a second, and 500 a second for 10 s of each minute, for 5 minutes',
    phases: minutes(5, [...steady(5, 50), ...steady(500, 10)]),
    types: SHOP_EVENT_TYPES,
  },
  sustained_demo: {
    description: '5 a second for an hour',
    phases: steady(5, 60 * MINUTE),
    types: SHOP_EVENT_TYPES,
  },
  stress_test: {
    description: '2,000 a second for 5 minutes',
    phases: steady(2000, 5 * MINUTE),
    types: SHOP_EVENT_TYPES,
  },
  orders_only: {
    description: '10 orders a second for 5 minutes',
    phases: steady(10, 5 * MINUTE),
    types: ['order'],
  },
  inventory_only: {
    description: '10 movements of stock a second for 5 minutes',
    phases: steady(10, 5 * MINUTE),
    types: ['inventory'],
  },
  user_activity_only: {
    description: '10 steps of visitors a second for 5 minutes',
    phases: steady(10, 5 * MINUTE),
    types: ['user_activity'],
  },
  schema_changes: {
    description: 'new, renamed and retyped fields: columns come while events flow',
    phases: steady(50, 2 * MINUTE),
    types: SHOP_EVENT_TYPES,
    trouble: { new_field: 0.05, renamed_field: 0.05, type_change: 0.05 },
  },
  bad_events: {
    description: 'events that end in the dead letters, among good ones',
    phases: steady(50, 2 * MINUTE),
    types: SHOP_EVENT_TYPES,
    trouble: { missing_required: 0.05, bad_enum: 0.05, malformed: 0.05 },
  },
  disorder: {
    description: 'duplicates, late events, and events out of their order',
    phases: steady(50, 2 * MINUTE),
    types: SHOP_EVENT_TYPES,
    trouble: { duplicate: 0.1, late: 0.05, out_of_order: 0.1 },
  },
  everything_wrong: {
    description: 'every trouble there is, each in some of the events',
    phases: steady(200, 5 * MINUTE),
    types: SHOP_EVENT_TYPES,
    trouble: {
      new_field: 0.02,
      renamed_field: 0.02,
      type_change: 0.02,
      missing_required: 0.02,
      bad_enum: 0.02,
      duplicate: 0.03,
      late: 0.02,
      out_of_order: 0.02,
      oversized: 0.000_05,
      malformed: 0.02,
    },
  },
}
