import { rowDescriptor, type Column } from '@tablestream/table-schema'
import protobuf from 'protobufjs'
import descriptor from 'protobufjs/ext/descriptor/index.js'

/** Decodes rows with protobuf's own library, by the descriptor that BigQuery is sent. */
export function rowDecoder(columns: readonly Column[]): (bytes: Uint8Array) => Record<string, unknown> {
  const message = descriptor.DescriptorProto.fromObject(rowDescriptor(columns))
  const { fromDescriptor } = protobuf.Type as unknown as {
    fromDescriptor: (message: protobuf.Message, edition: string) => protobuf.Type
  }
  const type = fromDescriptor.call(protobuf.Type, message, 'proto2')
  new protobuf.Root().add(type).resolveAll()
  return (bytes) => type.toObject(type.decode(bytes), { longs: String })
}
