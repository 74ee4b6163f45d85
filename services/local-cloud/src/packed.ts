// The package that is published: one file that Node 20 runs. scripts/pack-local-cloud.ts makes it.
import './older-node.ts'

export { main } from './cli/main.ts'
export { readSeed } from './seed/seed-file.ts'
export { startLocalCloud } from './start-local-cloud.ts'
