import { createLogger } from '@tablestream/service-kit'
import t from 'tap'
import { Ends } from '../../src/ends/ends.ts'
import { DuplicateWindow } from '../../src/judge/duplicate-window.ts'
import type { Item } from '../../src/item/item.ts'
import { Twins } from '../../src/judge/twins.ts'
import { ParkingLot } from '../../src/item/parking.ts'
import { createMetrics } from '../../src/metrics.ts'
import { item } from '../lane/lane-with.ts'

function open({ publishes = true } = {}) {
  const known = new DuplicateWindow(100)
  const twins = new Twins(new ParkingLot({ messages: 100, bytes: 1e6 }))
  const givenBack: string[] = []
  const tried: string[] = []
  const metrics = createMetrics({ held: () => 0, parked: () => [] })
  const ends = new Ends({
    pull: {
      ack: () => {},
      giveBack: (items) => void givenBack.push(...items.map(({ message }) => message.messageId)),
    },
    known,
    twins,
    deadLetters: { publish: () => Promise.resolve(publishes) },
    metrics,
    logger: createLogger({ service: 'test', level: 'silent' }),
    now: () => 0,
    tryNext: ({ message }, isDoubtful) => tried.push(`${message.messageId}${isDoubtful ? ' in doubt' : ''}`),
  })
  /** The first one is on its way, and the others came with its key. */
  const onItsWay = (first: Item, ...others: Item[]) => {
    for (const each of [first, ...others]) each.entry = known.entryOf('x', '', 'id')
    known.begin(first.entry, first)
    for (const each of others) twins.add(first, each)
    return first
  }
  const counted = async () => {
    const { values } = await metrics.givenBack.get()
    return values.map(({ labels, value }) => [labels.table, value])
  }
  return { ends, known, givenBack, tried, onItsWay, counted }
}
const lost = (one: Item) => {
  one.lease.until = 0
  return one
}

t.test('when one is lost its twin goes on in its place, and the table is asked', (t) => {
  const { ends, known, givenBack, tried, onItsWay } = open()
  const other = { ...item('other bytes', { n: 2 }), low: 7 }
  const again = item('again', { n: 1 })
  const first = onItsWay(lost(item('first', { n: 1 })), lost(item('lost, too', { n: 1 })), other, again)
  ends.giveBack('x', [first])
  t.same(givenBack, ['first', 'lost, too'], "of those the messages are somebody else's")
  t.same(tried, ['again in doubt'])
  t.equal(known.get(first.entry), again)
  t.same(again.twins, [other])
  t.end()
})

t.test('the twins of one that is given back for another reason go with it', (t) => {
  const { ends, givenBack, tried, onItsWay } = open()
  ends.giveBack('x', [onItsWay(item('first', {}), item('again', {}))])
  t.same(givenBack, ['first', 'again'])
  t.same(tried, [])
  t.end()
})

t.test('so they do when the writer stops', (t) => {
  const { ends, givenBack, tried, onItsWay } = open()
  ends.stop()
  ends.giveBack('x', [onItsWay(lost(item('first', {})), item('again', {}))])
  t.same(givenBack, ['first', 'again'])
  t.same(tried, [])
  t.end()
})

t.test('one that a mistake of ours gives back is counted with its twins, as any other', async (t) => {
  const { ends, givenBack, onItsWay, counted } = open()
  ends.mistaken(onItsWay(item('first', {}), item('again', {})), new Error('a mistake'))
  ends.giveBack('x', [item('waits', {})])
  t.same(givenBack, ['first', 'again', 'waits'])
  t.same(await counted(), [['x', 3]])
})

t.test('so is one whose dead letter could not be published', async (t) => {
  const { ends, givenBack, counted } = open({ publishes: false })
  const rejection = { reason: 'not_json', path: '', value: '', message: 'no' } as const
  ends.deadLetter(item('first', {}), rejection, 'x', 'x')
  while (!ends.isIdle) await new Promise((resolve) => void setImmediate(resolve))
  t.same(givenBack, ['first'])
  t.same(await counted(), [['x', 1]])
})
