import t from 'tap'
import { endpointOptions } from '../../src/config/endpoint-options.ts'

t.test('a client is told host and port apart, and has no TLS where the URL says http', (t) => {
  const options = (endpoint: string) => endpointOptions(endpoint, () => 'plain')
  t.same(options(''), {}, "Google's own")
  t.same(options('http://127.0.0.1:9060'), { apiEndpoint: '127.0.0.1', port: 9060, sslCreds: 'plain' })
  t.same(options('http://local-cloud'), { apiEndpoint: 'local-cloud', port: 80, sslCreds: 'plain' })
  t.same(options('https://bigquery.example'), { apiEndpoint: 'bigquery.example', port: 443 })
  t.end()
})
