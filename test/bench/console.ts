import { poll } from '../../scripts/poll.ts'
import { startConsole } from '../end-to-end/console-process.ts'
import { startPipeline } from '../end-to-end/pipeline.ts'
import { fill, idsOf } from './console-fill.ts'
import { cpuOf, line } from './measure.ts'

const ASKED = 100

interface Answer {
  readonly milliseconds: number
  readonly bytes_read: number
  readonly events: readonly { readonly messages: readonly { readonly end: string }[] }[]
}

/** How long the console takes to say what became of an event, of so many that were published within a minute: the first time, too. */
export async function askConsole(events: number, progress: (what: string) => void): Promise<void> {
  const pipeline = await startPipeline({
    services: ['table-manager', 'stream-writer'],
    env: { LOG_LEVEL: 'warn' },
  })
  try {
    await fill(pipeline, events, progress)
    const { url, service } = await startConsole(pipeline.cloud, { env: { LOG_LEVEL: 'warn' } })
    try {
      progress('waiting until the local cloud has nothing else to do')
      await quiet()
      progress(`asking for ${ASKED} events`)
      const answers: Answer[] = []
      const cpu = () =>
        process.cpuUsage().user + process.cpuUsage().system + (cpuOf(service.pid) ?? Number.NaN)
      const before = cpu()
      for (const id of idsOf(events, ASKED)) {
        const began = performance.now()
        const response = await fetch(`${url}/api/events/${id}`)
        const answer = (await response.json()) as Answer
        const told = answer.events?.[0]?.messages[0]?.end
        if (told !== 'landed') throw new Error(`${id}: the console tells ${told ?? JSON.stringify(answer)}`)
        answers.push({ ...answer, milliseconds: performance.now() - began })
      }
      const cpuMs = (cpu() - before) / 1000 / answers.length
      const [first] = answers
      const times = answers.map(({ milliseconds }) => milliseconds).toSorted((a, b) => a - b)
      const at = (part: number) => Math.round(times[Math.floor((times.length - 1) * part)]!)
      line(
        events,
        `messages in the record, and as many rows; ${answers.length} events asked for, by event id and message id`,
      )
      line(at(0.5), 'ms p50 from the question to the whole answer')
      line(at(0.99), 'ms p99')
      line(at(1), 'ms at most')
      line(Math.round(first!.milliseconds), 'ms the first')
      line(Math.round(cpuMs), 'ms of CPU for one, of the console, the local cloud and who asks')
      line(Math.round(first!.bytes_read / 1e6), 'MB that BigQuery would bill for one')
    } finally {
      await service.stop()
    }
  } finally {
    await pipeline.close()
  }
}

const LOOK_MS = 500

/** Waits until this process, which is the local cloud, does nothing for a moment. */
async function quiet(): Promise<void> {
  let before = process.cpuUsage()
  await poll(
    () => {
      const { user, system } = process.cpuUsage(before)
      before = process.cpuUsage()
      return (user + system) / 1000 < LOOK_MS / 10 ? true : undefined
    },
    { timeoutMs: 120_000, everyMs: LOOK_MS, what: 'a local cloud that does nothing' },
  )
}
