// Loaded into a service that is measured (node --import): tells whoever connects to the socket BENCH_LOOP how late its event loop was since
// it was asked last, in milliseconds.
import net from 'node:net'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { isMainThread } from 'node:worker_threads'

const RESOLUTION_MS = 5

// threads of the service load it too
const path = isMainThread ? process.env['BENCH_LOOP'] : undefined
if (path !== undefined) {
  const delays = monitorEventLoopDelay({ resolution: RESOLUTION_MS })
  delays.enable()
  net
    .createServer((socket) => {
      // what is measured holds the time between two looks too
      const p99 = Math.max(0, delays.percentile(99) / 1e6 - RESOLUTION_MS)
      delays.reset()
      socket.end(String(p99))
    })
    .listen(path)
    .unref()
}
