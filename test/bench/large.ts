import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { settled, startPipeline } from '../end-to-end/pipeline.ts'
import { largeEvents } from './large-events.ts'
import { line } from './measure.ts'
import { clockedBy, clockOf } from './request-clock.ts'

/**
 * How long stream-writer hears nobody for one event, which is as large as an event may be: each comes alone, first to a table that is not
 * there yet, then once more. Told is the CPU time of the longest turn of its event loop: other work of the machine changes it little.
 */
export async function large(part: number, progress: (what: string) => void): Promise<void> {
  const clock = join(tmpdir(), `tablestream-clock-${process.pid}`)
  const pipeline = await startPipeline({
    env: {
      LOG_LEVEL: 'warn',
      BENCH_CLOCK: clock,
      NODE_OPTIONS: `--import ${new URL('request-clock.ts', import.meta.url).href}`,
    },
  })
  try {
    const socket = clockOf(clock, pipeline.writerUrl)
    let longest = 0
    for (const { name, text } of largeEvents(part)) {
      const turns: number[] = []
      for (const time of ['first', 'second']) {
        progress(`${name}, ${time} time`)
        await clockedBy(socket)
        await pipeline.clients.publish([text])
        await settled(pipeline)
        turns.push((await clockedBy(socket)).longestTurn)
      }
      longest = Math.max(longest, ...turns)
      line(
        `${turns.map((ms) => Math.round(ms)).join(', ')} ms`,
        `${name}, ${(text.length / 1e6).toFixed(1)} MB: the longest turn of stream-writer, the first time and the second`,
      )
    }
    line(`${Math.round(longest)} ms`, 'the longest of all')
  } finally {
    await pipeline.close()
  }
}
