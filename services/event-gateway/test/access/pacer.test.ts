import t from 'tap'
import { Pacer } from '../../src/access/pacer.ts'

t.test(
  'few answers are given at once, the others late, a hundred a second at most, and none after ten seconds',
  (t) => {
    const waits: number[] = []
    const { setTimeout: later } = globalThis
    globalThis.setTimeout = ((_answer: () => void, ms: number) => waits.push(ms)) as unknown as typeof later
    const moment = performance.now()
    performance.now = () => moment
    t.teardown(() => {
      globalThis.setTimeout = later
      Reflect.deleteProperty(performance, 'now')
    })
    const pacer = new Pacer(20, 100)
    let atOnce = 0
    for (let n = 0; n < 2000; n++) pacer.pace('one', () => atOnce++)
    t.equal(atOnce, 20)
    t.equal(waits.length, 1980)
    t.ok(waits.slice(0, 100).every((ms) => ms >= 500 && ms <= 1500))
    const within = (ms: number) => waits.filter((wait) => wait <= ms).length
    t.ok(within(3500) <= 401, `${within(3500)} within 3.5 s`)
    t.ok(Math.max(...waits) <= 11_500)
    pacer.pace('other', () => atOnce++)
    t.equal(atOnce, 21, 'nobody waits for another one')
    const unlimited = new Pacer(20)
    waits.length = 0
    for (let n = 0; n < 2000; n++) unlimited.pace('one', () => undefined)
    t.ok(Math.max(...waits) <= 1500, 'where nothing limits those that are late, none waits for the others')
    t.end()
  },
)
