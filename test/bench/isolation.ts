import { execFileSync, fork, spawn, type ChildProcess } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { availableParallelism, setPriority } from 'node:os'
import { fileURLToPath } from 'node:url'
import { startPipeline } from '../end-to-end/pipeline.ts'
import { ATTACKS } from './attacks.ts'
import { line } from './measure.ts'
import type { SteadyResult } from './steady.ts'

const RATE = 200
/** Niceness. */
const BEHIND = 10

const keyed = (key: string) => ({ sha256: createHash('sha256').update(key).digest('hex') })
const fileOf = (name: string) => fileURLToPath(new URL(name, import.meta.url))

/**
 * A good caller at a steady rate, alone and beside a hostile one, in turns; default limits. The gateway has a core of its own, as on
 * Cloud Run; callers and local-cloud share the other one.
 */
export async function isolation(rounds: number, seconds: number): Promise<void> {
  const pipeline = await startPipeline({
    services: ['event-gateway'],
    env: { LOG_LEVEL: 'warn', API_KEYS: JSON.stringify({ good: keyed('good'), hostile: keyed('hostile') }) },
    resources: { bigquerySubscriptions: false },
  })
  let steady: Steady | undefined
  try {
    const { gatewayUrl, eventGateway } = pipeline
    shareCores(eventGateway.pid!)
    steady = new Steady(gatewayUrl)
    // local-cloud, which is in this process, works for both: the one who measures goes before it
    setPriority(process.pid, BEHIND)
    await steady.run(Math.min(2, seconds))
    for (const attack of ATTACKS) {
      const alone: SteadyResult[] = []
      const beside: SteadyResult[] = []
      for (let round = 0; round < rounds; round++) {
        alone.push(await steady.run(seconds))
        const attacker = spawn(process.execPath, [fileOf('attacks.ts'), attack, gatewayUrl, 'hostile'], {
          stdio: ['ignore', 'ignore', 'inherit'],
        })
        stepBack(attacker.pid!)
        beside.push(await steady.run(seconds))
        attacker.kill('SIGKILL')
        await once(attacker, 'exit')
      }
      const asked = beside.reduce((sum, each) => sum + each.asked, 0)
      const failures = beside.reduce((sum, each) => sum + each.failures, 0)
      // all rounds together: the hundredth part of one round is a handful of answers
      const ratio = (of: (result: SteadyResult) => readonly number[]): string => {
        const [quiet, loud] = [alone, beside].map((results) => p99(results.flatMap(of))) as [number, number]
        return `${(loud / quiet).toFixed(2)} × (${quiet.toFixed(1)} → ${loud.toFixed(1)} ms)`
      }
      line(
        ratio(({ refused }) => refused),
        `p99 of the gateway’s own answers, ${ratio(({ published }) => published)} with Pub/Sub’s, ${failures} of ${asked} failed: ${attack}`,
      )
    }
  } finally {
    steady?.end()
    await pipeline.close()
  }
}

/** Says so where that cannot be had: then the attacker's own work is in the figures too. */
function shareCores(gateway: number): void {
  const pin = (cores: string, pid: number) => execFileSync('taskset', ['-acp', cores, String(pid)])
  try {
    pin('0', gateway)
    pin(`1-${availableParallelism() - 1}`, process.pid)
    console.log('event-gateway has core 0, everybody else the others')
  } catch (error) {
    console.log(`everybody shares every core: ${(error as Error).message}`)
  }
}

/** The attacker's own work must not be what the good caller waits for: it gets what others leave. */
function stepBack(attacker: number): void {
  try {
    execFileSync('chrt', ['--idle', '--all-tasks', '--pid', '0', String(attacker)])
  } catch (error) {
    console.log(`the attacker's own work counts: ${(error as Error).message}`)
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
