import type * as Api from '../../../page/api-types.ts'
import { before, NOW } from './time.ts'

const POINTS = 720

const wave = (high: number, phase: number) =>
  Array.from({ length: POINTS }, (_, index) =>
    Math.max(0, Math.round(high * (1 + Math.sin(index / 40 + phase) / 2))),
  )

export const figures = (published: number, landed: number, duplicates: number, dead_letters: number) => ({
  published,
  landed,
  duplicates,
  replaced: 0,
  dead_letters,
  missing: published - landed - duplicates - dead_letters,
})

const curve = { times: Array.from({ length: POINTS }, (_, index) => NOW / 1000 - 5 * (POINTS - index)) }

export const flow: Api.Flow = {
  at: before(0),
  figures: 'metrics',
  now: {
    received_total: 48_210,
    landed_total: 47_903,
    duplicates_total: 265,
    dead_letters_total: 38,
    given_back_total: 0,
    held: 12,
    waiting: 4,
    received_rate: 96.4,
    landed_rate: 95.9,
    dead_letters_rate: 0.2,
  },
  tables: [
    {
      table: 'orders',
      event_type: 'order',
      landed_total: 31_004,
      duplicates_total: 201,
      dead_letters_total: 30,
      waiting: 0,
      landed_rate: 62,
      p50_seconds: 0.025,
      p99_seconds: 0.1,
    },
    {
      table: 'page_view',
      event_type: 'page_view',
      landed_total: 400,
      duplicates_total: 0,
      dead_letters_total: 0,
      waiting: 4,
      landed_rate: 0,
      p50_seconds: null,
      p99_seconds: null,
    },
  ],
  stuck: [{ table: 'page_view', waiting: 4, since: before(95) }],
  services: [
    { name: 'stream-writer', ok: true },
    { name: 'event-gateway', ok: true },
    { name: 'event-generator', ok: false, problem: 'connection refused' },
  ],
  ledger: {
    ledger_at: before(4),
    since: before(3600),
    types: [
      { event_type: 'order', table: 'orders', ...figures(31_240, 31_004, 201, 35) },
      { event_type: 'page_view', table: 'page_view', ...figures(404, 400, 0, 0) },
    ],
    total: figures(31_644, 31_404, 201, 35),
  },
  curves: {
    ...curve,
    received: wave(90, 0),
    landed: wave(88, 0),
    duplicates: wave(2, 1),
    dead_letters: wave(1, 2),
    waiting: wave(3, 3),
    landed_by_table: { orders: wave(60, 0), page_view: wave(20, 2) },
    p50_by_table: {
      orders: wave(20, 0).map((each) => each / 1000),
      page_view: wave(30, 1).map((each) => each / 1000),
    },
    p99_by_table: {
      orders: wave(90, 2).map((each) => each / 1000),
      page_view: wave(70, 3).map((each) => each / 1000),
    },
  },
  marks: [
    { at: before(2400), table: 'page_view', change: 'created', text: '5 columns' },
    { at: before(1200), table: 'orders', change: 'altered', text: '+ coupon STRING' },
  ],
}
