import net from 'node:net'

/** The names of ports of this machine at which somebody listens, in their order. */
export async function takenPorts<Name extends string>(
  ports: Readonly<Record<Name, number>>,
): Promise<Name[]> {
  const names = Object.keys(ports) as Name[]
  const checks = await Promise.all(names.map(async (name) => ({ name, taken: await isTaken(ports[name]) })))
  return checks.filter(({ taken }) => taken).map(({ name }) => name)
}

function isTaken(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = net.createServer()
    probe.once('error', () => resolve(true))
    probe.listen(port, '127.0.0.1', () => probe.close(() => resolve(false)))
  })
}
