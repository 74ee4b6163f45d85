import { randomUUID } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { avroType } from '../bigquery/files/avro-types.ts'
import { writeContainer } from '../bigquery/files/avro-container.ts'
import { GoogleError } from '../google-error.ts'
import type { FileDoor } from '../pubsub/delivery/file-delivery.ts'
import { partsOf } from '../pubsub/messages/message.ts'
import type { StoredMessage } from '../pubsub/messages/stored-message.ts'
import { filenameOf } from '../pubsub/resources/storage-config.ts'
import type { Buckets } from './buckets.ts'
import { StorageError } from './errors.ts'
import { checkObjectName } from './names.ts'

const NEWLINE = Buffer.from('\n')
const DATA = { name: 'data', type: 'bytes' }
const PLAIN = { type: 'record', name: 'PubsubMessage', namespace: 'com.google.pubsub', fields: [DATA] }
const WITH_METADATA = {
  ...PLAIN,
  fields: [
    { name: 'subscription_name', type: 'string' },
    { name: 'message_id', type: 'string' },
    { name: 'publish_time', type: { type: 'long', logicalType: 'timestamp-micros' } },
    { name: 'attributes', type: { type: 'map', values: 'string' } },
    DATA,
  ],
}

/** Files of messages as Cloud Storage subscriptions make them (pubsub.proto, CloudStorageConfig). */
export function subscriptionFiles(buckets: Buckets): FileDoor {
  return {
    check({ bucket }) {
      try {
        buckets.get(bucket)
      } catch (error) {
        if (!(error instanceof StorageError)) throw error
        throw new GoogleError('NOT_FOUND', `Cloud Storage bucket not found: ${bucket}.`, { cause: error })
      }
    },
    async write(config, subscription, messages, begunMs) {
      const { bucket, format, writeMetadata } = config
      const name = checkObjectName(filenameOf(config, begunMs, randomUUID()))
      const path = buckets.files.incoming()
      if (format === 'text') {
        await writeFile(
          path,
          messages.flatMap((message) => [partsOf(message).data, NEWLINE]),
        )
      } else {
        const schema = writeMetadata ? WITH_METADATA : PLAIN
        const type = avroType(schema)
        const records = messages.map((message) =>
          type.toBuffer(
            writeMetadata ? withMetadata(message, subscription) : { data: partsOf(message).data },
          ),
        )
        await writeContainer(path, schema, records, 'null')
      }
      await buckets.put({ bucket, name, path, settings: {} })
    },
  }
}

/** All but the data that is not in a field of its own is among the attributes. */
function withMetadata(message: StoredMessage, subscription: string): object {
  const { data, attributes, orderingKey } = partsOf(message)
  return {
    subscription_name: subscription,
    message_id: message.id,
    publish_time: BigInt(message.publishTime) * 1000n,
    attributes: { ...attributes, ...(orderingKey !== '' && { ordering_key: orderingKey }) },
    data,
  }
}
