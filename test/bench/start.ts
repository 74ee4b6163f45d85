import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { startLocalCloud } from '@tablestream/local-cloud'
import { bundle, SERVICES } from '../../scripts/bundle.ts'
import { ServiceProcess } from '../../scripts/start/service-process.ts'
import { freePorts } from '../end-to-end/free-ports.ts'
import { createDevResources, PROJECT } from '../end-to-end/dev-resources.ts'
import { line, median } from './measure.ts'

const POLL_MS = 5

/** Milliseconds from the start of the process to a /readiness that answers 200: bundle and sources in turns. */
export async function start(rounds: number): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'tablestream-start-'))
  const cloud = await startLocalCloud({ dataFolder: join(folder, 'data') })
  const env = {
    ...cloud.environment,
    PROJECT_ID: PROJECT,
    HOST: '127.0.0.1',
    LOG_LEVEL: 'error',
    API_KEYS: '{}',
  }
  try {
    await createDevResources(cloud)
    await bundle(SERVICES, folder)
    for (const service of SERVICES) {
      const times = { bundle: [] as number[], sources: [] as number[] }
      for (let round = 0; round < rounds; round++) {
        times.bundle.push(await timeOf(service, env, join(folder, service)))
        times.sources.push(await timeOf(service, env))
      }
      const [bundled, sources] = [median(times.bundle), median(times.sources)]
      const ratio = (bundled / sources).toFixed(2)
      line(
        `${Math.round(bundled)} ms`,
        `${service} as a bundle, ${Math.round(sources)} ms from its sources: ${ratio} ×`,
      )
    }
  } finally {
    await cloud.close()
    rmSync(folder, { recursive: true, force: true })
  }
}

async function timeOf(
  name: string,
  env: Readonly<Record<string, string>>,
  bundled?: string,
): Promise<number> {
  const [port] = await freePorts(1)
  const readyUrl = `http://127.0.0.1:${port}/readiness`
  const service = new ServiceProcess({
    name,
    env: { ...env, PORT: String(port) },
    readyUrl,
    output: 'inherit',
    bundle: bundled,
  })
  const began = performance.now()
  const deadline = began + 30_000
  service.start()
  try {
    while (!(await isReady(readyUrl))) {
      if (performance.now() > deadline) throw new Error(`${name} is not ready after 30 s`)
      await sleep(POLL_MS)
    }
    return performance.now() - began
  } finally {
    await service.stop()
  }
}

async function isReady(url: string): Promise<boolean> {
  try {
    const response = await fetch(url)
    await response.arrayBuffer()
    return response.ok
  } catch {
    // nobody listens yet
    return false
  }
}
