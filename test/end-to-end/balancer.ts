import http from 'node:http'

/** One address for several instances, as Cloud Run has it: the next one that answers takes the request; 503 where none does. */
export interface Balancer {
  readonly url: string
  close(): Promise<void>
}

export async function startBalancer(ports: readonly number[]): Promise<Balancer> {
  const agent = new http.Agent({ keepAlive: true })
  let next = 0
  const server = http.createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const first = next++
      forward(Buffer.concat(chunks), 0)
      function forward(body: Buffer, tried: number): void {
        if (tried === ports.length) {
          response.writeHead(503).end()
          return
        }
        const port = ports[(first + tried) % ports.length]!
        const { method, url: path, headers } = request
        const inner = http.request({ host: '127.0.0.1', port, method, path, headers, agent }, (answer) => {
          response.writeHead(answer.statusCode ?? 502)
          answer.pipe(response)
          answer.on('error', () => response.destroy())
        })
        inner.on('error', () => (response.headersSent ? response.destroy() : forward(body, tried + 1)))
        inner.end(body)
      }
    })
    request.on('error', () => response.destroy())
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as { port: number }
  return {
    url: `http://127.0.0.1:${port}/`,
    async close() {
      agent.destroy()
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
