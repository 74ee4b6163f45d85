import { once } from 'node:events'
import net, { type AddressInfo } from 'node:net'
import t from 'tap'
import { takenPorts } from '../scripts/start/taken-ports.ts'

t.test('ports at which somebody listens are named, and the others are left free', async (t) => {
  const server = net.createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  t.same(await takenPorts({ free: 0, taken: port, again: port }), ['taken', 'again'])
  server.close()
  await once(server, 'close')
  t.same(await takenPorts({ free: 0, taken: port }), [])
})
