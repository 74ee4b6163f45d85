import { fork, spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { startPipeline } from '../end-to-end/pipeline.ts'
import { ATTACKS } from './attacks.ts'
import { line, median } from './measure.ts'
import type { SteadyResult } from './steady.ts'

const RATE = 100

const keyed = (key: string) => ({ sha256: createHash('sha256').update(key).digest('hex') })
const fileOf = (name: string) => fileURLToPath(new URL(name, import.meta.url))

/**
 * A good caller at a steady rate, alone and beside a hostile one, in turns; default limits. Everything shares the cores of this
 * machine, the attacker's own work included.
 */
export async function isolation(rounds: number, seconds: number): Promise<void> {
  const pipeline = await startPipeline({
    services: ['event-gateway'],
    env: { LOG_LEVEL: 'warn', API_KEYS: JSON.stringify({ good: keyed('good'), hostile: keyed('hostile') }) },
    resources: { bigquerySubscriptions: false },
  })
  try {
    const { gatewayUrl } = pipeline
    await steady(gatewayUrl, Math.min(2, seconds))
    for (const attack of ATTACKS) {
      const alone: SteadyResult[] = []
      const beside: SteadyResult[] = []
      for (let round = 0; round < rounds; round++) {
        alone.push(await steady(gatewayUrl, seconds))
        const attacker = spawn(process.execPath, [fileOf('attacks.ts'), attack, gatewayUrl, 'hostile'], {
          stdio: ['ignore', 'ignore', 'inherit'],
        })
        beside.push(await steady(gatewayUrl, seconds))
        attacker.kill('SIGKILL')
        await once(attacker, 'exit')
      }
      const asked = beside.reduce((sum, each) => sum + each.asked, 0)
      const failures = beside.reduce((sum, each) => sum + each.failures, 0)
      const [quiet, loud] = [alone, beside].map((all) => median(all.map(({ p99 }) => p99))) as [
        number,
        number,
      ]
      line(
        (loud / quiet).toFixed(2),
        `× p99 (${quiet.toFixed(1)} → ${loud.toFixed(1)} ms), ${failures} of ${asked} failed: ${attack}`,
      )
    }
  } finally {
    await pipeline.close()
  }
}

async function steady(url: string, seconds: number): Promise<SteadyResult> {
  const child = fork(fileOf('steady.ts'), [url, 'good', String(RATE), String(seconds)])
  const [told] = (await once(child, 'message')) as [SteadyResult]
  child.disconnect()
  return told
}
