import { createLogger } from '@tablestream/service-kit'
import t from 'tap'
import { byDays } from '../../src/doubts/by-days.ts'
import { keyTextOf, type RowKey } from '../../src/doubts/row-lookup.ts'

const TOO_MUCH = new Error('Query exceeded limit for bytes billed')

/** A table of which a query may read so many days. @param large days of which none may */
function lookupOf(most: number, large: readonly string[] = []) {
  const asked: number[] = []
  const logger = createLogger({ service: 'test', level: 'silent' })
  const lookup = byDays(
    {
      find: (_, keys) => {
        const days = new Set(keys.map(({ eventDate }) => eventDate))
        if (days.size > most || large.some((day) => days.has(day))) return Promise.reject(TOO_MUCH)
        asked.push(keys.length)
        return Promise.resolve(new Set(keys.map(keyTextOf)))
      },
      mayPass: () => false,
    },
    { isTooMuch: (error) => error === TOO_MUCH, logger },
  )
  return { lookup, asked }
}

const keyOf = (day: number): RowKey => ({
  eventType: 'x',
  source: '',
  eventId: `${day}`,
  fingerprint: `${day}`,
  eventDate: new Date(day * 86_400_000).toISOString().slice(0, 10),
})
const of = (days: number) => Array.from({ length: days }, (_, day) => keyOf(day))

t.test('events of more days than one query may read are all asked after, each in one query', async (t) => {
  const { lookup, asked } = lookupOf(100)
  const keys = of(2000)
  const found = await lookup.find('x', keys)
  t.equal(found?.size, 2000)
  t.equal(
    asked.reduce((sum, count) => sum + count, 0),
    2000,
  )
  t.ok(asked.length <= 40, `${asked.length} queries`)
})

t.test('a day that no query may read keeps the others from no answer', async (t) => {
  const keys = of(50)
  const { lookup } = lookupOf(100, [keys[7]!.eventDate])
  const found = await lookup.find('x', keys)
  t.same(
    keys.filter((key) => !found?.has(keyTextOf(key))),
    [keys[7]],
  )
})

t.test('where no day may be read, who asks is told', async (t) => {
  const { lookup } = lookupOf(0)
  await t.rejects(lookup.find('x', of(3)), TOO_MUCH)
  await t.rejects(lookup.find('x', of(1)), TOO_MUCH)
})
