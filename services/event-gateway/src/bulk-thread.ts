// The thread that takes large requests: what blocks it blocks no small one.
import { setPriority } from 'node:os'
import { BEHIND } from './helpers-behind.ts'

// on Linux it holds for the thread that asks; elsewhere it would slow the whole process down
if (process.platform === 'linux') setPriority(BEHIND)
// loading the libraries takes half a second: that, too, stands behind
void import('./serve-bulk.ts')
