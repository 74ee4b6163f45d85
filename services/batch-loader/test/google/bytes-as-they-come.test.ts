import { buffer } from 'node:stream/consumers'
import { Storage } from '@google-cloud/storage'
import { startLocalCloud } from '@tablestream/local-cloud'
import t from 'tap'
import { bytesAsTheyCome, createStorage, openWorkshop } from '../../src/google/storage.ts'
import { cloudObjects } from '../../src/sources/cloud-objects.ts'

t.test('nobody is warned of a leak where an object is read that comes in many parts', async (t) => {
  const cloud = await startLocalCloud({})
  Object.assign(process.env, cloud.environment)
  const warnings: string[] = []
  const heard = ({ name }: Error) => warnings.push(name)
  process.on('warning', heard)
  t.teardown(async () => {
    process.off('warning', heard)
    await cloud.close()
  })
  const storage = new Storage({ projectId: 'p' })
  const [bucket] = await storage.createBucket('a-bucket')
  const file = bucket.file('large')
  const bytes = Buffer.alloc(3_000_000, 'a')
  await file.save(bytes, { resumable: false, validation: false })
  t.ok(bytes.equals(await buffer(bytesAsTheyCome(file, { decompress: false }))))
  t.ok(bytes.subarray(1).equals(await buffer(bytesAsTheyCome(file, { decompress: false, start: 1 }))))
  const [object] = await Array.fromAsync(cloudObjects('gs://a-bucket/large', createStorage('p')))
  t.ok(bytes.equals(await object!.whole!()))
  const workshop = openWorkshop(createStorage('p'), 'a-bucket', 'loads/')
  await workshop.make('large.json', bytes.toString())
  t.ok((await workshop.read<string>('large.json')) === bytes.toString())
  t.equal(await workshop.read('none.json'), undefined)
  t.notOk(warnings.includes('MaxListenersExceededWarning'), warnings.join(' '))
})

t.test('an object that is not there fails as the client says it', async (t) => {
  const cloud = await startLocalCloud({})
  t.teardown(() => cloud.close())
  Object.assign(process.env, cloud.environment)
  const [bucket] = await new Storage({ projectId: 'p' }).createBucket('a-bucket')
  await t.rejects(buffer(bytesAsTheyCome(bucket.file('none'))), { code: 404 })
})
