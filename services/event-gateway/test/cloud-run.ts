import http from 'node:http'

/**
 * The front end of Cloud Run for a service that is not public: a token is looked for in X-Serverless-Authorization, and only where
 * that is missing in Authorization; the one that was checked goes on without its signature, the other header as it is
 * (cloud.google.com/run/docs/authenticating/service-to-service).
 */
export async function cloudRun(service: string, goodToken: string) {
  const server = http.createServer((request, response) => {
    const headers = { ...request.headers }
    const checked =
      headers['x-serverless-authorization'] === undefined ? 'authorization' : 'x-serverless-authorization'
    const token = /^Bearer (.+)$/.exec(String(headers[checked] ?? ''))?.[1]
    if (token !== goodToken) {
      response.writeHead(token === undefined ? 403 : 401).end()
      return
    }
    headers[checked] = `Bearer ${token.split('.').slice(0, 2).join('.')}.SIGNATURE_REMOVED_BY_GOOGLE`
    const { method, url } = request
    const inner = http.request(`${service}${url}`, { method, headers }, (answer) => {
      response.writeHead(answer.statusCode!, answer.headers)
      answer.pipe(response)
    })
    request.pipe(inner)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as { port: number }
  return {
    url: `http://127.0.0.1:${port}`,
    close: () => new Promise((resolve) => server.close(resolve).closeAllConnections()),
  }
}
