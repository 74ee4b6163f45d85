import { protoValues, readTime } from '../resources/json-values.ts'
import { pageOf } from '../resources/page.ts'
import { v1 } from './protos.ts'
import type { PubSub } from '../pubsub.ts'
import { empty, nameOf, plain, type ServiceTable } from './service-table.ts'
import type { SnapshotConfig } from '../resources/snapshot-config.ts'
import { readSnapshot, snapshotJson } from '../json/snapshot-json.ts'
import { applyMask, SNAPSHOT_CHANGES } from '../json/update-mask.ts'

/** The methods of google.pubsub.v1.Subscriber for snapshots and seek. */
export function addSnapshotMethods(service: ServiceTable, cloud: PubSub): void {
  const { snapshots } = cloud
  const snapshot = (config: SnapshotConfig) => protoValues(snapshotJson(config))

  service.unary('CreateSnapshot', v1.CreateSnapshotRequest, v1.Snapshot, ({ name, subscription, labels }) =>
    snapshot(snapshots.create(name, subscription, labels ?? {})),
  )
  service.unary('GetSnapshot', v1.GetSnapshotRequest, v1.Snapshot, ({ snapshot: name }) =>
    snapshot(snapshots.get(name).config),
  )
  service.unary('ListSnapshots', v1.ListSnapshotsRequest, v1.ListSnapshotsResponse, (request) => {
    const { items, nextPageToken } = pageOf(snapshots.list(request.project), nameOf, request)
    return { snapshots: items.map(snapshot), nextPageToken }
  })
  service.unary(
    'UpdateSnapshot',
    v1.UpdateSnapshotRequest,
    v1.Snapshot,
    ({ snapshot: change, updateMask }) => {
      const before = snapshotJson(snapshots.get(change?.name ?? '').config)
      const after = applyMask(before, plain(change), updateMask?.paths ?? [], SNAPSHOT_CHANGES)
      return snapshot(snapshots.update(readSnapshot(after)))
    },
  )
  service.unary('DeleteSnapshot', v1.DeleteSnapshotRequest, empty, ({ snapshot: name }) => {
    snapshots.delete(name)
    return {}
  })
  service.unary('Seek', v1.SeekRequest, v1.SeekResponse, ({ subscription, time, snapshot: name }) => {
    cloud.seek(subscription, name ? name : time ? readTime(time) : undefined)
    return {}
  })
}
