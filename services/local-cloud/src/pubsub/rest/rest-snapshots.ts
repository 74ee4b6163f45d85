import type { FastifyInstance } from 'fastify'
import { SNAPSHOT_CREATION, SNAPSHOT_UPDATE } from '../json/proto-json.ts'
import type { PubSub } from '../pubsub.ts'
import { iamMethods } from './rest-iam.ts'
import { addList, addMethods, maskOf } from './rest-methods.ts'
import { nameOf } from '../grpc/service-table.ts'
import { readSnapshot, snapshotJson } from '../json/snapshot-json.ts'
import { applyMask, SNAPSHOT_CHANGES } from '../json/update-mask.ts'

interface Creation {
  subscription?: string
  labels?: Record<string, string>
}

export function addSnapshotsRest(app: FastifyInstance, cloud: PubSub): void {
  const { snapshots } = cloud
  const iam = iamMethods(cloud)
  const all = ({ project }: { project: string }) => snapshots.list(`projects/${project}`)
  addList(app, 'snapshots', 'snapshots', all, nameOf, snapshotJson)
  addMethods(app, 'PUT', 'snapshots', {
    '': [
      SNAPSHOT_CREATION,
      (name, { subscription, labels }: Creation) =>
        snapshotJson(snapshots.create(name, subscription ?? '', labels ?? {})),
    ],
  })
  addMethods(app, 'GET', 'snapshots', {
    ...iam.GET,
    '': [{}, (name) => snapshotJson(snapshots.get(name).config)],
  })
  addMethods(app, 'PATCH', 'snapshots', {
    '': [
      SNAPSHOT_UPDATE,
      (name, body: { snapshot?: object; updateMask?: string }, call) => {
        const before = snapshotJson(snapshots.get(name).config)
        const after = applyMask(before, body.snapshot ?? {}, maskOf(body.updateMask, call), SNAPSHOT_CHANGES)
        return snapshotJson(snapshots.update(readSnapshot(after)))
      },
    ],
  })
  addMethods(app, 'DELETE', 'snapshots', {
    '': [
      {},
      (name) => {
        snapshots.delete(name)
        return {}
      },
    ],
  })
  addMethods(app, 'POST', 'snapshots', iam.POST)
}
