import { Writable } from 'node:stream'
import t from 'tap'
import { sendEvents } from '../../src/flow/send-events.ts'

t.test(
  'a reader who does not read is sent nothing more, and gets what is true when it goes on',
  async (t) => {
    const taken: string[] = []
    let goOn: (() => void) | undefined
    const reader = new Writable({
      highWaterMark: 100,
      write(chunk: Buffer, _encoding, done) {
        taken.push(chunk.toString())
        goOn = done
      },
    })
    const stop = new AbortController()
    let made = 0
    const sent = sendEvents(reader, 'flow', {
      next: () => ({ n: ++made, text: 'x'.repeat(60) }),
      everyMs: 1,
      signal: stop.signal,
    })
    const until = async (isSo: () => boolean) => {
      for (const end = Date.now() + 5000; !isSo() && Date.now() < end;)
        await new Promise((resolve) => setImmediate(resolve))
    }
    await until(() => made === 2)
    // many turns of one millisecond
    const soon = Date.now() + 50
    await until(() => Date.now() > soon)
    t.equal(made, 2, 'one under way, one that waits')
    t.ok(reader.writableLength < 300)
    await until(() => {
      const done = goOn
      goOn = undefined
      done?.()
      return made > 2
    })
    t.equal(made, 3)
    t.match(taken[0], /^event: flow\ndata: {"n":1,/)
    stop.abort()
    await sent
  },
)

t.test('it ends with the signal, whether the reader reads or not', async (t) => {
  const stop = new AbortController()
  const stuck = new Writable({ highWaterMark: 1, write: () => undefined })
  const sent = sendEvents(stuck, 'flow', { next: () => ({}), everyMs: 60_000, signal: stop.signal })
  stop.abort()
  await sent
  t.pass()
})
