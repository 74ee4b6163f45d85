// A server that reads what it is sent, and does nothing with it: who attacks it shows what the attack itself costs this machine.
import http from 'node:http'
import type { AddressInfo } from 'node:net'

const server = http.createServer((request, response) => {
  request.resume().once('end', () => response.end('{}'))
})
server.listen(0, '127.0.0.1', () => console.log(`http://127.0.0.1:${(server.address() as AddressInfo).port}`))
// who started it is gone
process.stdin.once('end', () => process.exit()).resume()
