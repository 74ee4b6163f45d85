import type { LocalCloud } from '@tablestream/local-cloud'
import { createLocalResources, type LocalResources } from '../../scripts/start/local-resources.ts'

export const PROJECT = 'tablestream-local'

/** What Terraform makes for the environment `dev`, in a local-cloud. @param others what is not as usual, or made only if it is said */
export function createDevResources(
  cloud: Pick<LocalCloud, 'pubsubPort' | 'bigqueryPort'>,
  others: Partial<LocalResources> = {},
): Promise<void> {
  return createLocalResources({
    project: PROJECT,
    environment: 'dev',
    region: 'us-central1',
    pubsubUrl: `http://127.0.0.1:${cloud.pubsubPort}`,
    bigqueryUrl: `http://127.0.0.1:${cloud.bigqueryPort}`,
    ...others,
  })
}
