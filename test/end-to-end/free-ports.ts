import { randomInt } from 'node:crypto'
import net from 'node:net'

/** Below those that systems give to connections (Linux from 32768): none of these takes a port before its server does. */
const FIRST = 10_000
const LAST = 32_000

/** Ports that nobody listens on, for servers that are started in a moment. */
export async function freePorts(count: number): Promise<number[]> {
  const servers: net.Server[] = []
  while (servers.length < count) {
    const server = await listen(randomInt(FIRST, LAST))
    if (server) servers.push(server)
  }
  const ports = servers.map((server) => (server.address() as net.AddressInfo).port)
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))))
  return ports
}

/** undefined: somebody has the port. */
function listen(port: number): Promise<net.Server | undefined> {
  const server = net.createServer()
  return new Promise((resolve) => {
    server.once('error', () => resolve(undefined))
    server.listen(port, '127.0.0.1', () => resolve(server))
  })
}
