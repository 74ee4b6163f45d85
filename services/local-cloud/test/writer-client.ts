import bigqueryStorage from '@google-cloud/bigquery-storage'
import * as grpc from '@grpc/grpc-js'

const { managedwriter } = bigqueryStorage

/** Google's client of the Storage Write API, for a server of a test. */
export function writerClient(port: number): InstanceType<typeof managedwriter.WriterClient> {
  const sslCreds = grpc.credentials.createInsecure()
  return new managedwriter.WriterClient({ projectId: 'p', apiEndpoint: '127.0.0.1', port, sslCreds })
}
