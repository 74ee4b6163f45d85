import type { FastifyInstance, FastifyRequest } from 'fastify'
import { bucketETag, bucketResource, type Bucket } from './bucket.ts'
import { checkPermissions, checkRequestedVersion, firstPolicy } from './bucket-policy.ts'
import type { Buckets } from './buckets.ts'
import { StorageError } from './errors.ts'
import { byBytes } from './names.ts'
import { checkETags, checkPreconditions, numberOf, preconditionsOf } from './preconditions.ts'
import { jsonOf, queryOf, rootOf } from './requests.ts'

const LARGEST_PAGE = 1000

const bucketOf = (request: FastifyRequest): string => (request.params as { bucket: string }).bucket

/** buckets.* of the JSON API. */
export function addBuckets(app: FastifyInstance, buckets: Buckets): void {
  app.get('/b', (request) => {
    const query = queryOf(request)
    const { project, prefix = '', pageToken = '' } = query
    if (!project) throw new StorageError('required', 'Required parameter: project', { location: 'project' })
    const most = numberOf('maxResults', query['maxResults']) || LARGEST_PAGE
    const found = buckets
      .all()
      .filter(({ name, projectId }) => projectId === project && name.startsWith(prefix) && name > pageToken)
      .toSorted((a, b) => byBytes(a.name, b.name))
    const page = found.slice(0, Math.min(most, LARGEST_PAGE))
    return {
      kind: 'storage#buckets',
      items: page.map((bucket) => bucketResource(bucket, rootOf(request))),
      ...(found.length > page.length && { nextPageToken: page.at(-1)!.name }),
    }
  })
  app.post('/b', async (request) => {
    const { project } = queryOf(request)
    if (!project) throw new StorageError('required', 'Required parameter: project', { location: 'project' })
    return bucketResource(buckets.create(project, await jsonOf(request)), rootOf(request))
  })
  app.get('/b/:bucket', (request) => {
    const bucket = buckets.get(bucketOf(request))
    checkPreconditions(preconditionsOf(queryOf(request)), bucket, true)
    checkETags(request.headers, bucketETag(bucket))
    return bucketResource(bucket, rootOf(request))
  })
  app.patch('/b/:bucket', async (request) => {
    const body = await jsonOf(request)
    const changed = buckets.change(bucketOf(request), body, preconditionsOf(queryOf(request)))
    return bucketResource(changed, rootOf(request))
  })
  app.delete('/b/:bucket', (request, reply) => {
    buckets.delete(bucketOf(request), preconditionsOf(queryOf(request)))
    return reply.code(204).send()
  })
  app.get('/b/:bucket/iam', (request) => {
    const bucket = buckets.get(bucketOf(request))
    const { policy = firstPolicy(bucket.projectId) } = bucket
    checkRequestedVersion(policy, queryOf(request)['optionsRequestedPolicyVersion'])
    return policyResource(bucket)
  })
  app.put('/b/:bucket/iam', async (request) => {
    const body = await jsonOf(request)
    return policyResource(buckets.setPolicy(bucketOf(request), body, preconditionsOf(queryOf(request))))
  })
  app.get('/b/:bucket/iam/testPermissions', (request) => {
    buckets.get(bucketOf(request))
    const { permissions = [] } = request.query as { readonly permissions?: string | readonly string[] }
    return {
      kind: 'storage#testIamPermissionsResponse',
      permissions: checkPermissions([permissions].flat()),
    }
  })
  app.get('/b/:bucket/storageLayout', (request) => {
    const { name, settings } = buckets.get(bucketOf(request))
    const { location = 'US' } = settings
    const hierarchicalNamespace = { enabled: false }
    return { kind: 'storage#storageLayout', bucket: name, location, hierarchicalNamespace }
  })
  // none can be made
  app.get('/b/:bucket/notificationConfigs', (request) => {
    buckets.get(bucketOf(request))
    return { kind: 'storage#notifications' }
  })
  // there are none: those who copy and remove whole folders ask first
  app.get('/b/:bucket/managedFolders', (request) => {
    buckets.get(bucketOf(request))
    return { kind: 'storage#managedFolders', items: [] }
  })
}

/** The Policy resource of a bucket. */
function policyResource(bucket: Bucket): object {
  const { name, projectId, policy = firstPolicy(projectId) } = bucket
  return {
    kind: 'storage#policy',
    resourceId: `projects/_/buckets/${name}`,
    ...policy,
    etag: bucketETag(bucket),
  }
}
