import { buffer } from 'node:stream/consumers'
import { Storage } from '@google-cloud/storage'
import { startLocalCloud } from '@tablestream/local-cloud'
import t from 'tap'
import { bytesAsTheyCome } from '../../src/google/storage.ts'

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
  const [bucket] = await new Storage({ projectId: 'p' }).createBucket('a-bucket')
  const file = bucket.file('large')
  const bytes = Buffer.alloc(3_000_000, 'a')
  await file.save(bytes, { resumable: false, validation: false })
  t.ok(bytes.equals(await buffer(bytesAsTheyCome(file, { decompress: false }))))
  t.ok(bytes.subarray(1).equals(await buffer(bytesAsTheyCome(file, { decompress: false, start: 1 }))))
  t.notOk(warnings.includes('MaxListenersExceededWarning'), warnings.join(' '))
})

t.test('an object that is not there fails as the client says it', async (t) => {
  const cloud = await startLocalCloud({})
  t.teardown(() => cloud.close())
  Object.assign(process.env, cloud.environment)
  const [bucket] = await new Storage({ projectId: 'p' }).createBucket('a-bucket')
  await t.rejects(buffer(bytesAsTheyCome(bucket.file('none'))), { code: 404 })
})
