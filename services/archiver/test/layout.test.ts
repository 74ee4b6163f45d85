import assert from 'node:assert/strict'
import fc from 'fast-check'
import t from 'tap'
import { endOf, folderOf, hourOf, hoursBetween, startOf } from '../src/hours.ts'
import {
  checkLayout,
  folderOfSlot,
  hourOfManifest,
  manifestName,
  OTHERS,
  slotsOf,
  typeOfSlot,
} from '../src/layout.ts'

const times = fc.integer({ min: 0, max: Date.parse('2100-01-01') })

t.test('hours between two times lie between them, and leave none out', (t) => {
  fc.assert(
    fc.property(
      times,
      fc.integer({ min: 0, max: 100 }),
      fc.integer({ min: 0, max: 3_599_999 }),
      (from, count, more) => {
        const begin = Math.floor(from / 3_600_000) * 3_600_000
        const hours = hoursBetween(from, begin + count * 3_600_000 + more)
        assert.equal(hours.length, count)
        hours.forEach((hour, index) => assert.equal(startOf(hour), begin + index * 3_600_000))
      },
    ),
    { numRuns: 50 },
  )
  t.same(hoursBetween(10, 5), [])
  t.end()
})

t.test('a manifest is found again by its name', (t) => {
  fc.assert(fc.property(times, (millis) => hourOfManifest(manifestName(hourOf(millis))) === hourOf(millis)))
  t.equal(manifestName('2026-11-29T05'), 'output/_hours/2026/11/29/05.json')
  t.equal(hourOfManifest('output/_hours/readme.txt'), undefined)
  t.equal(folderOf('2026-11-29T05'), '2026/11/29/05')
  t.equal(endOf('2026-11-29T23'), Date.parse('2026-11-30T00:00:00Z'))
  t.throws(() => startOf('2026-11-29'), /2026-11-29T05, but is "2026-11-29"/)
  t.end()
})

t.test('each type and minute has a folder of its own', (t) => {
  const layout = { types: ['order', 'inventory'], minutes: 1 }
  const { start, end } = slotsOf(layout)
  const slots = Array.from({ length: end - start }, (_, index) => start + index)
  const folders = slots.map((slot) => folderOfSlot(layout, '2026-11-29T05', slot))
  t.equal(new Set(folders).size, 180)
  t.equal(folderOfSlot(layout, '2026-11-29T05', 67), 'output/inventory/2026/11/29/05/07')
  t.equal(typeOfSlot(layout, 179), OTHERS)
  t.end()
})

t.test('a layout that cannot be is refused with the rule', (t) => {
  t.throws(
    () => checkLayout({ types: ['Order'], minutes: 1 }),
    /lower-case letters, digits and _, but is "Order"/,
  )
  t.throws(() => checkLayout({ types: ["x' OR '1"], minutes: 1 }), /lower-case/)
  t.throws(() => checkLayout({ types: [], minutes: 7 }), /divides 60, but has 7/)
  const many = Array.from({ length: 66 }, (_, index) => `type_${index}`)
  t.throws(() => checkLayout({ types: many, minutes: 1 }), /4020 folders an hour; 4000 is the limit/)
  t.doesNotThrow(() => checkLayout({ types: many, minutes: 5 }))
  t.end()
})
