import { fork, spawn, type ChildProcess } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import net from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { startPipeline } from '../end-to-end/pipeline.ts'
import { ATTACKS } from './attacks.ts'
import { shareCores, stepBack, stepBehind } from './cores.ts'
import { line } from './measure.ts'
import type { SteadyResult } from './steady.ts'

const RATE = 200
/** Beside which the good caller should notice nothing at all: what it notices is what is measured wrong. */
const CONTROL = 'lines of 8 MB'

const keyed = (key: string) => ({ sha256: createHash('sha256').update(key).digest('hex') })
const fileOf = (name: string) => fileURLToPath(new URL(name, import.meta.url))

interface Round extends SteadyResult {
  /** Milliseconds that the gateway's event loop was late, at the 99th percentile. */
  readonly loopLate: number
  /** Milliseconds of each second that its thread ran, and that it wanted to run and had no core. */
  readonly ran: number
  readonly waited: number
}

/**
 * A good caller at a steady rate, alone and beside a hostile one, in turns; default limits. The gateway has a core of its own, as on
 * Cloud Run; callers and local-cloud share the other one. In the last line the hostile one attacks
 * another server on that other core.
 */
export async function isolation(rounds: number, seconds: number): Promise<void> {
  const loop = join(tmpdir(), `tablestream-loop-${process.pid}`)
  const pipeline = await startPipeline({
    services: ['event-gateway'],
    env: {
      LOG_LEVEL: 'warn',
      API_KEYS: JSON.stringify({ good: keyed('good'), hostile: keyed('hostile') }),
      BENCH_LOOP: loop,
      NODE_OPTIONS: `--import ${new URL('loop-delay.ts', import.meta.url).href}`,
    },
    resources: { bigquerySubscriptions: false },
  })
  let steady: Steady | undefined
  let bare: ChildProcess | undefined
  try {
    const { gatewayUrl, eventGateway } = pipeline
    const pid = eventGateway.pid!
    shareCores(pid)
    steady = new Steady(gatewayUrl)
    // local-cloud, which is in this process, works for both: the one who measures goes before it
    stepBehind()
    const other = spawn(process.execPath, [fileOf('bare-route.ts')], { stdio: ['ignore', 'pipe', 'inherit'] })
    bare = other
    stepBack(other.pid!)
    const [bareUrl] = (await once(createInterface(other.stdout), 'line')) as [string]
    const measured = async (of: Steady): Promise<Round> => {
      await lateOf(loop)
      const before = coreOf(pid)
      const result = await of.run(seconds)
      const [ran, waited] = coreOf(pid).map((ms, n) => (ms - before[n]!) / seconds) as [number, number]
      return { ...result, ran, waited, loopLate: await lateOf(loop) }
    }
    await steady.run(Math.min(2, seconds))
    for (const [attack, url] of [
      ...ATTACKS.map((name) => [name, gatewayUrl] as const),
      [CONTROL, bareUrl] as const,
    ]) {
      const alone: Round[] = []
      const beside: Round[] = []
      for (let round = 0; round < rounds; round++) {
        alone.push(await measured(steady))
        const attacker = spawn(process.execPath, [fileOf('attacks.ts'), attack, url, 'hostile'], {
          stdio: ['ignore', 'ignore', 'inherit'],
        })
        stepBack(attacker.pid!)
        beside.push(await measured(steady))
        attacker.kill('SIGKILL')
        await once(attacker, 'exit')
      }
      tell(alone, beside, url === bareUrl ? `${attack}, to another server` : attack)
    }
  } finally {
    steady?.end()
    bare?.kill()
    await pipeline.close()
  }
}

function tell(alone: readonly Round[], beside: readonly Round[], attack: string): void {
  const asked = beside.reduce((sum, each) => sum + each.asked, 0)
  const failures = beside.reduce((sum, each) => sum + each.failures, 0)
  const both = (figure: (results: readonly Round[]) => number) => {
    const [quiet, loud] = [figure(alone), figure(beside)]
    return { ratio: (loud / quiet).toFixed(2), figures: `${quiet.toFixed(1)} → ${loud.toFixed(1)}` }
  }
  // all rounds together: the hundredth part of one round is a handful of answers
  const own = both((results) => p99(results.flatMap(({ refused }) => refused)))
  const published = both((results) => p99(results.flatMap(({ published: times }) => times)))
  const sentLate = both((results) => p99(results.flatMap(({ late }) => late)))
  const loop = both((results) => Math.max(...results.map(({ loopLate }) => loopLate)))
  const mean = (of: (result: Round) => number) =>
    both((results) => results.reduce((sum, result) => sum + of(result), 0) / results.length)
  const ran = mean((result) => result.ran)
  const waited = mean((result) => result.waited)
  line(
    `${own.ratio} × (${own.figures} ms)`,
    `p99 of the gateway’s own answers, ${published.ratio} × (${published.figures} ms) with Pub/Sub’s, ` +
      `${failures} of ${asked} failed; its loop ${loop.figures} ms late, its thread ran ${ran.figures} ms/s and stood without a core ${waited.figures} ms/s; the caller itself ${sentLate.figures} ms late: ${attack}`,
  )
}

/** Of the gateway's event loop, since it was asked last. */
async function lateOf(socket: string): Promise<number> {
  return Number(await text(net.connect(socket)))
}

/** Milliseconds that a process's main thread has run, and has waited for a core, so far; NaN where there is no /proc. */
function coreOf(pid: number): [ran: number, waited: number] {
  try {
    const [ran, waited] = readFileSync(`/proc/${pid}/task/${pid}/schedstat`, 'utf8').split(' ')
    return [Number(ran) / 1e6, Number(waited) / 1e6]
  } catch {
    return [Number.NaN, Number.NaN]
  }
}

/** A process of its own, for all rounds: it begins warm. */
class Steady {
  readonly #child: ChildProcess

  constructor(url: string) {
    this.#child = fork(fileOf('steady.ts'), [url, 'good', String(RATE)])
  }

  async run(seconds: number): Promise<SteadyResult> {
    this.#child.send(seconds)
    const [told] = (await once(this.#child, 'message')) as [SteadyResult]
    return told
  }

  end(): void {
    this.#child.disconnect()
  }
}

function p99(times: readonly number[]): number {
  return times.toSorted((one, other) => one - other)[Math.floor(times.length * 0.99)] ?? Number.NaN
}
