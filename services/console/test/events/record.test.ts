import t from 'tap'
import { around } from '../../src/events/record.ts'

t.test('a time in microseconds is within the span around it, however short that is', (t) => {
  const { from, until } = around('2026-01-02T12:00:00.123456Z', 0)
  const micros = (time: string) => time.replace(/Z$/, '').padEnd(26, '0')
  t.ok(micros(from) <= micros('2026-01-02T12:00:00.123456Z'))
  t.ok(micros('2026-01-02T12:00:00.123456Z') <= micros(until))
  t.equal(Date.parse(until) - Date.parse(from), 1)
  t.end()
})
