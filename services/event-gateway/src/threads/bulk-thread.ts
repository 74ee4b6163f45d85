// The thread that takes large requests: what blocks it blocks no small one.
import { setPriority } from 'node:os'

/** Behind the thread that answers everybody, where the two want the same core. */
const NICE = 19

// on Linux it holds for the thread that asks; elsewhere it would slow the whole process down
if (process.platform === 'linux') setPriority(NICE)
// loading the libraries takes half a second: that, too, stands behind
void import('./serve-bulk.ts')
