import { spawnSync } from 'node:child_process'
import type { FakeTools } from './fake-tools.ts'
import { root } from './workflows.ts'

export const P = '--project=a-project'
/** What stands in a project before its environment is torn down: some of it is others'. */
export const THINGS = [
  'service event-gateway',
  'service somebody-elses',
  'subscription backend-events-topic-archive-order',
  'subscription eventarc-us-central1-table-manager-sub-123',
  'subscription somebody-elses',
  'topic backend-events-topic',
  'dataset dev_events_dataset',
  'dataset dev_archive_dataset',
  'dataset dev_processed_dataset',
  'dataset prod_events_dataset',
  'bucket a-project-dev-events-archive',
  'bucket a-project-dev-loads',
  'bucket a-project-tablestream-state',
]
export function cleanUp(tools: FakeTools, ...args: string[]) {
  return cleanUpWith({}, tools, ...args)
}

export function cleanUpWith(settings: Record<string, string>, tools: FakeTools, ...args: string[]) {
  const env = {
    ...process.env,
    PATH: `${tools.bin}:${process.env['PATH']}`,
    REGION: '',
    POLL_SECONDS: '0',
    GONE_SECONDS: '0',
    RETRY_SECONDS: '0',
    ...settings,
  }
  return spawnSync('bash', ['scripts/cleanup-environment.sh', ...args], { cwd: root, env, encoding: 'utf8' })
}
