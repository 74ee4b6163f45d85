import { readFile } from 'node:fs/promises'
import { BigQueryError, type Reason } from '../bigquery/errors.ts'
import type { Objects } from '../bigquery/files/objects.ts'
import type { Buckets } from './buckets.ts'
import { StorageError } from './errors.ts'
import { byBytes } from './names.ts'

/** Cloud Storage as BigQuery's jobs and external tables read and write it. */
export function bigqueryObjects(buckets: Buckets): Objects {
  return {
    find(uri) {
      const { bucket, name } = partsOf(uri)
      const [head = '', tail, ...more] = name.split('*')
      if (more.length > 0) throw new BigQueryError('invalid', `Invalid value: ${uri} has more than one "*".`)
      const objects = asBigQuery(uri, () => buckets.objects(bucket))
      const names = [...objects.keys()].filter((each) =>
        tail === undefined
          ? each === name
          : each.length >= head.length + tail.length && each.startsWith(head) && each.endsWith(tail),
      )
      return names.toSorted(byBytes).map((each) => {
        const { generation, size } = objects.get(each)!
        return { uri: `gs://${bucket}/${each}`, generation, size }
      })
    },
    read({ uri, generation }) {
      const { bucket, name } = partsOf(uri)
      return readFile(buckets.files.path(asBigQuery(uri, () => buckets.object(bucket, name, generation))))
    },
    async write(uri, path, contentType) {
      const { bucket, name } = partsOf(uri)
      try {
        await buckets.put({ bucket, name, path, settings: { contentType } })
      } catch (error) {
        throw toBigQuery(uri, error)
      }
    },
    newPath: () => buckets.files.incoming(),
  }
}

function partsOf(uri: string): { readonly bucket: string; readonly name: string } {
  const [, bucket, name] = /^gs:\/\/([^/*]+)\/(.+)$/s.exec(uri) ?? []
  if (bucket === undefined || name === undefined)
    throw new BigQueryError('invalid', `Invalid source URI: ${uri}: gs://BUCKET/NAME`)
  return { bucket, name }
}

function asBigQuery<T>(uri: string, work: () => T): T {
  try {
    return work()
  } catch (error) {
    throw toBigQuery(uri, error)
  }
}

function toBigQuery(uri: string, error: unknown): unknown {
  if (!(error instanceof StorageError)) return error
  const reason: Reason = error.reason === 'notFound' ? 'notFound' : 'invalid'
  const message = reason === 'notFound' ? `Not found: URI ${uri}` : `${error.message} (${uri})`
  return new BigQueryError(reason, message, { cause: error })
}
