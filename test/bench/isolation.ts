import { fork, spawn, type ChildProcess } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { bundle } from '../../scripts/bundle.ts'
import { startPipeline } from '../end-to-end/pipeline.ts'
import { shareCores, stepBack, stepBehind } from './cores.ts'
import { deployed } from './deployed.ts'
import { ratioOf, roundOf, type Ratio, type Round } from './isolation-figures.ts'
import { line } from './measure.ts'
import { clockedBy, clockOf } from './request-clock.ts'
import type { Asked } from './steady.ts'

const GATEWAY = 'event-gateway'
const RATE = 400
const WARM_ROUNDS = 3

const keyed = (key: string) => ({ sha256: createHash('sha256').update(key).digest('hex') })
const fileOf = (name: string) => fileURLToPath(new URL(name, import.meta.url))

/**
 * A round, how long it was, and milliseconds of each second that the gateway's main thread ran in it, and that it wanted to run and had no
 * core.
 */
interface Measured extends Round {
  readonly seconds: number
  readonly ran: number
  readonly waited: number
}

/**
 * A good caller at a steady rate: alone, beside a hostile one, and beside one that sends as much to another server, in turns. The gateway
 * is what is deployed: its bundle, with the limits that Terraform gives it, on a core of its own; everybody else shares the other ones.
 */
export async function isolation(rounds: number, seconds: number, attacks: readonly string[]): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'tablestream-isolation-'))
  const clockFile = join(folder, 'clock')
  await bundle([GATEWAY], folder)
  const pipeline = await startPipeline({
    services: [GATEWAY],
    bundles: folder,
    env: {
      ...deployed(GATEWAY).env,
      NODE_ENV: 'production',
      LOG_LEVEL: 'warn',
      API_KEYS: JSON.stringify({ good: keyed('good'), hostile: keyed('hostile') }),
      BENCH_CLOCK: clockFile,
      NODE_OPTIONS: `--import ${new URL('request-clock.ts', import.meta.url).href}`,
    },
    resources: { bigquerySubscriptions: false },
  })
  let steady: Steady | undefined
  let sink: ChildProcess | undefined
  try {
    const { gatewayUrl, eventGateway } = pipeline
    const pid = eventGateway.pid!
    const clock = clockOf(clockFile, gatewayUrl)
    shareCores(pid)
    steady = new Steady(gatewayUrl)
    // local-cloud, which is in this process, works for both: the one who measures goes before it
    stepBehind()
    const other = spawn(process.execPath, [fileURLToPath(new URL('sink.ts', import.meta.url))], {
      stdio: ['pipe', 'pipe', 'inherit'],
    })
    sink = other
    stepBack(other.pid!)
    const [sinkUrl] = (await once(createInterface(other.stdout), 'line')) as [string]
    const caller = steady
    const measured = async (): Promise<Measured> => {
      await clockedBy(clock)
      const before = coreOf(pid)
      const asked = await caller.run(seconds)
      const [ran, waited] = coreOf(pid).map((ms, n) => (ms - before[n]!) / seconds) as [number, number]
      return { ...roundOf(asked, await clockedBy(clock)), seconds, ran, waited }
    }
    await caller.run(seconds)
    for (const attack of attacks) {
      const alone: Measured[] = []
      const beside: Measured[] = []
      const elsewhere: Measured[] = []
      // what an attack makes the gateway do for the first time it compiles first, for some seconds: that is no round
      const first = new Attacker(attack, gatewayUrl)
      await caller.run(WARM_ROUNDS * seconds)
      await first.end()
      for (let round = 0; round < rounds; round++) {
        alone.push(await measured())
        const attacker = new Attacker(attack, gatewayUrl)
        beside.push(await measured())
        const rate = (await attacker.end()) / seconds
        const ofOthers = new Attacker(attack, sinkUrl, rate)
        elsewhere.push(await measured())
        await ofOthers.end()
      }
      tell(alone, beside, elsewhere, attack)
    }
  } finally {
    steady?.end()
    sink?.kill()
    await pipeline.close()
    rmSync(folder, { recursive: true, force: true })
  }
}

function tell(
  alone: readonly Measured[],
  beside: readonly Measured[],
  elsewhere: readonly Measured[],
  attack: string,
): void {
  const sum = (figure: (round: Measured) => number) => beside.reduce((all, each) => all + figure(each), 0)
  const mean = (of: readonly Measured[], figure: (round: Measured) => number) =>
    (of.reduce((all, each) => all + figure(each), 0) / of.length).toFixed(0)
  const perSecond = ({ stopped, seconds }: Measured) => stopped / seconds
  const longest = (of: readonly Measured[]) =>
    Math.max(...of.map(({ longestStop }) => longestStop)).toFixed(1)
  const both = (figure: (round: Round) => number) =>
    `${told(ratioOf(alone, beside, figure))}, as much to another server ${told(ratioOf(alone, elsewhere, figure))}`
  const own = ({ own: p99 }: Round): number => p99
  // what as many bodies to another server do as well, the machine does
  const ofMachine = ratioOf(elsewhere, beside, own)
  line(
    `${ratioOf(alone, beside, own).median.toFixed(2)} ×`,
    `${attack}, and ${told(ofMachine)} what as much to another server makes of it: ` +
      `p99 from sent to answered by the gateway itself ${both(own)}; ` +
      `of that from begun to answered ${both(({ inside }) => inside)}; ` +
      `as the caller sees it ${both(({ seen }) => seen)}; ` +
      `${sum(({ failures }) => failures)} of ${sum(({ asked }) => asked)} failed; ` +
      `with Pub/Sub’s ${both(({ published }) => published)}; ` +
      `the caller itself late ${both(({ callerLate }) => callerLate)}; ` +
      `the gateway’s loop late ${both(({ loopLate }) => loopLate)}; ` +
      `garbage stopped it for ${mean(alone, perSecond)} → ${mean(beside, perSecond)} ms/s, ` +
      `${longest(alone)} → ${longest(beside)} ms at most; ` +
      `its thread ran ${mean(alone, ({ ran }) => ran)} → ${mean(beside, ({ ran }) => ran)} ms/s ` +
      `and stood without a core ${mean(alone, ({ waited }) => waited)} → ${mean(beside, ({ waited }) => waited)} ms/s`,
  )
}

function told({ median, least, most, alone, beside }: Ratio): string {
  const [between, ms] = [
    [least, most],
    [alone, beside],
  ].map((pair) => pair.map((figure) => figure.toFixed(1)))
  return `${median.toFixed(2)} × (${between!.join(' to ')}, ${ms!.join(' → ')} ms)`
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

class Attacker {
  readonly #child: ChildProcess

  /** @param rate bodies a second, at most */
  constructor(attack: string, url: string, rate?: number) {
    const most = rate === undefined ? [] : [String(rate)]
    this.#child = fork(fileOf('attacks.ts'), [attack, url, 'hostile', ...most], {
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    })
    stepBack(this.#child.pid!)
  }

  /** How many bodies it has sent. */
  async end(): Promise<number> {
    this.#child.send('end')
    const [sent] = (await once(this.#child, 'message')) as [number]
    this.#child.kill('SIGKILL')
    await once(this.#child, 'exit')
    return sent
  }
}

/** A process of its own, for all rounds: it begins warm. */
class Steady {
  readonly #child: ChildProcess

  constructor(url: string) {
    this.#child = fork(fileOf('steady.ts'), [url, 'good', String(RATE)])
  }

  async run(seconds: number): Promise<readonly Asked[]> {
    this.#child.send(seconds)
    const [asked] = (await once(this.#child, 'message')) as [readonly Asked[]]
    return asked
  }

  end(): void {
    this.#child.disconnect()
  }
}
