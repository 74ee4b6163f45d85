import { GoogleError, unsupported } from '../google-error.ts'
import type { AppendRowsRequest } from './messages.ts'

/**
 * Where the rows of a connection go, and what they are made by. Stream name and schema hold until a later request brings others, but
 * (storage.proto): a new destination brings its schema, and once there were two, or a schema was changed, each request names its own.
 */
export class Destination {
  #streamName = ''
  #descriptor: object | undefined
  #descriptorText = ''
  #changed = false

  /** Empty before the first request. */
  get streamName(): string {
    return this.#streamName
  }

  /** Of the writer's schema. */
  get descriptor(): object {
    return this.#descriptor!
  }

  get descriptorText(): string {
    return this.#descriptorText
  }

  /** @throws GoogleError for a request that says too little */
  take({ writeStream, arrowRows, protoRows }: AppendRowsRequest): void {
    if (arrowRows) throw unsupported('arrow rows')
    const sent = protoRows?.writerSchema?.protoDescriptor
    if (this.#streamName === '' && !writeStream) throw invalid('The first request names no write_stream.')
    if (!this.#descriptor && !sent) throw invalid('The first request brings no writer_schema.')
    if (this.#changed && !writeStream)
      throw invalid(
        'A request names its write_stream where the connection has changed destination or schema.',
      )
    const isNew = this.#streamName !== '' && !!writeStream && writeStream !== this.#streamName
    if (isNew && !sent) throw invalid(`A new destination (${writeStream}) brings its writer_schema.`)
    if (writeStream) this.#streamName = writeStream
    const text = sent ? JSON.stringify(sent) : this.#descriptorText
    this.#changed ||= isNew || (this.#descriptorText !== '' && text !== this.#descriptorText)
    if (!sent) return
    this.#descriptor = sent
    this.#descriptorText = text
  }
}

function invalid(message: string): GoogleError {
  return new GoogleError('INVALID_ARGUMENT', message)
}
