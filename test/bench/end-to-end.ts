import { once } from 'node:events'
import { request as httpRequest, type IncomingMessage } from 'node:http'
import { text } from 'node:stream/consumers'
import { poll } from '../../scripts/poll.ts'
import { DATASET, settled, startPipeline, WITH_GENERATOR } from '../end-to-end/pipeline.ts'
import { cpuOf, line } from './measure.ts'

const A_REQUEST = 10_000
/**
 * Generates orders and waits until each is a row; prints events a second and what each process spent on an event.
 *
 * @param warmUp orders that go through before: in 60,000 orders without them, a sixth of the CPU is the compiler's
 */
export async function endToEnd(events: number, warmUp: number, parseUs: number): Promise<void> {
  const pipeline = await startPipeline({ services: WITH_GENERATOR, env: { LOG_LEVEL: 'warn' } })
  try {
    const { generatorUrl, eventGenerator, tableManager, streamWriter } = pipeline
    const generate = async (sum: number) => {
      for (let sent = 0; sent < sum; sent += A_REQUEST) await request(Math.min(A_REQUEST, sum - sent))
    }
    const request = (count: number) => post(`${generatorUrl}/generate/order?count=${count}`)
    // the table, the connections and the compiler's work are not what is measured
    await generate(warmUp)
    await settled(pipeline)
    const all = [eventGenerator, tableManager, streamWriter]
    const before = all.map(({ pid }) => cpuOf(pid))
    const cloudBefore = process.cpuUsage()
    const began = performance.now()
    await generate(events)
    const published = (performance.now() - began) / 1000
    await settled(pipeline, 300_000)
    const seconds = (performance.now() - began) / 1000
    // Pub/Sub's own record of what was published is written, too
    await poll(
      () => (Object.values(pipeline.cloud.backlog()).every((count) => count === 0) ? true : undefined),
      {
        timeoutMs: 300_000,
        what: 'every subscription empty',
      },
    )
    const { user, system } = process.cpuUsage(cloudBefore)
    const rows = await pipeline.clients.count(`SELECT COUNT(DISTINCT event_id) FROM ${DATASET}.orders`)
    if (rows !== events + warmUp) throw new Error(`${rows} rows, not ${events + warmUp}`)

    line(Math.round(events / published), 'events/s published')
    line(Math.round(events / seconds), 'events/s from generator to table, the last one included')
    const show = (name: string, cpu: number) => {
      const each = cpu / events
      line(
        each.toFixed(1),
        `µs CPU an event  ${(each / parseUs).toFixed(1).padStart(5)} × JSON.parse  ${name}`,
      )
    }
    all.forEach((service, index) => {
      const after = cpuOf(service.pid)
      const start = before[index]
      if (after === undefined || start === undefined) return
      show(service.name, after - start)
    })
    show('local-cloud (with the bench itself)', user + system)
  } finally {
    await pipeline.close()
  }
}

/** The answer, megabytes of events, passes by: to gather it would cost this process, which is measured, more than local-cloud's part. */
async function post(url: string): Promise<void> {
  const asked = httpRequest(url, { method: 'POST' }).end()
  const [answer] = (await once(asked, 'response')) as [IncomingMessage]
  if (answer.statusCode !== 200) throw new Error(await text(answer))
  answer.resume()
  await once(answer, 'end')
}
