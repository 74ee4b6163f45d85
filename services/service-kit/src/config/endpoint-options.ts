/**
 * Where a generated client of Google's calls: host and port apart, as it wants them; without TLS where the URL says http.
 *
 * @param endpoint URL; empty for Google's own
 * @param plain gRPC's credentials without TLS
 */
export function endpointOptions(endpoint: string, plain: () => unknown): object {
  if (endpoint === '') return {}
  const { protocol, hostname, port } = new URL(endpoint)
  const isPlain = protocol === 'http:'
  return {
    apiEndpoint: hostname,
    port: port === '' ? (isPlain ? 80 : 443) : Number(port),
    ...(isPlain && { sslCreds: plain() }),
  }
}
