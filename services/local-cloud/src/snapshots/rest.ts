import type { FastifyInstance } from 'fastify'
import { GoogleError } from '../google-error.ts'
import type { Snapshots } from './snapshots.ts'

/**
 * `/local-cloud/snapshots`: GET lists them; `PUT …/NAME` saves what there is; `POST …/NAME:restore` makes it what there is;
 * `POST …/NAME:branch?name=BRANCH` opens a local-cloud beside this one; `DELETE …/NAME`. `/local-cloud/branches`: GET, `DELETE …/BRANCH`.
 */
export function addSnapshotsRest(app: FastifyInstance, snapshots: Snapshots): void {
  const all = '/local-cloud/snapshots'
  const told = () => ({ snapshots: snapshots.list() })
  app.get(all, told)
  app.put(`${all}/:name`, async ({ params }) => {
    await snapshots.save(nameOf(params))
    return told()
  })
  app.delete(`${all}/:name`, async ({ params }) => {
    await snapshots.delete(nameOf(params))
    return told()
  })
  app.post(`${all}/:name`, async ({ params, query, raw }) => {
    const [name = '', verb = ''] = nameOf(params).split(':')
    if (verb === 'restore') {
      await snapshots.restore(name, raw.socket)
      return told()
    }
    if (verb !== 'branch')
      throw new GoogleError('INVALID_ARGUMENT', `A snapshot takes :restore and :branch, and not ":${verb}".`)
    return snapshots.branch(name, (query as { name?: string }).name ?? name)
  })
  app.get('/local-cloud/branches', () => ({ branches: snapshots.branches() }))
  app.delete('/local-cloud/branches/:name', async ({ params }) => {
    await snapshots.endBranch(nameOf(params))
    return { branches: snapshots.branches() }
  })
}

const nameOf = (params: unknown): string => (params as { name: string }).name
