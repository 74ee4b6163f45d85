import type { LocalCloud } from '@tablestream/local-cloud'
import { ServiceProcess } from '../../scripts/start/service-process.ts'
import { freePorts } from './free-ports.ts'
import { bundleOf, PROJECT } from './pipeline.ts'

export interface ConsoleOptions {
  /** Variables, over those that every console of a test has. */
  readonly env?: Readonly<Record<string, string>>
  /** The folder of its bundle, which runs instead of the sources; that in BUNDLES, where nothing is said. */
  readonly bundle?: string | undefined
}

export interface ConsoleProcess {
  readonly url: string
  readonly service: ServiceProcess
}

/** The console over a local cloud, on a free port, once it is ready. */
export async function startConsole(
  cloud: Pick<LocalCloud, 'environment'>,
  { env = {}, bundle }: ConsoleOptions = {},
): Promise<ConsoleProcess> {
  const [port] = await freePorts(1)
  const url = `http://127.0.0.1:${port}`
  const service = new ServiceProcess({
    name: 'console',
    bundle: bundle ?? bundleOf('console'),
    keepsCode: bundle === undefined,
    output: 'inherit',
    readyUrl: `${url}/readiness`,
    env: { ...cloud.environment, PROJECT_ID: PROJECT, PORT: String(port), LOG_LEVEL: 'error', ...env },
  })
  service.start()
  try {
    await service.ready()
  } catch (error) {
    await service.stop()
    throw error
  }
  return { url, service }
}
