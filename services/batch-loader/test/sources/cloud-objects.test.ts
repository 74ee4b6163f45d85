import { Readable } from 'node:stream'
import t from 'tap'
import type { StorageClient } from '../../src/google/storage.ts'
import { cloudObjects } from '../../src/sources/cloud-objects.ts'

const refused = (code: number) => Object.assign(new Error(`answered ${code}`), { code })

/** A bucket with one object, whose answers may be others. */
function storageOf(answers: { metadata?: Error; list?: Error; content?: Error }): StorageClient {
  const answer = async <T>(failure: Error | undefined, value: T) => {
    if (failure) throw failure
    return value
  }
  const file = {
    getMetadata: () => answer(answers.metadata, [{ name: 'a b.json', size: 3, generation: '7' }]),
    createReadStream: () =>
      answers.content
        ? new Readable({
            read() {
              this.destroy(answers.content)
            },
          })
        : Readable.from([Buffer.from('{}\n')]),
  }
  const bucket = {
    file: () => file,
    getFiles: () =>
      answer(answers.list, [[{ metadata: { name: 'raw/a b.json', size: 3, generation: '7' } }], null]),
  }
  const client = { bucket: () => bucket }
  return { ...client, downloads: client } as unknown as StorageClient
}

t.test('a bucket without permission says which grant is missing, by whatever name it is asked', async (t) => {
  const storage = storageOf({ metadata: refused(403), list: refused(403) })
  for (const source of ['gs://theirs/a b.json', 'gs://theirs/raw/', 'gs://theirs/**.json'])
    await t.rejects(Array.fromAsync(cloudObjects(source, storage)), {
      rule: 'denied',
      message: `${source}: who asks may not read it: storage.objects.get and storage.objects.list are needed`,
    })
})

t.test(
  'an object that may be listed and not read, or is another one by now, says so when it is read',
  async (t) => {
    for (const [code, rule] of [
      [403, 'denied'],
      [404, 'changed'],
      [412, 'changed'],
    ] as const) {
      const [object] = await Array.fromAsync(
        cloudObjects('gs://ours/raw/', storageOf({ content: refused(code) })),
      )
      await t.rejects(object!.whole!(), { rule, message: /^gs:\/\/ours\/raw\/a b\.json: / }, String(code))
      await t.rejects(object!.open().toArray(), { rule, message: /a b\.json: / }, String(code))
    }
  },
)

t.test('an object is read whole by its generation', async (t) => {
  const [object] = await Array.fromAsync(cloudObjects('gs://ours/a b.json', storageOf({})))
  t.match(object, { uri: 'gs://ours/a b.json', version: 'generation 7', bytes: 3 })
  t.equal(String(await object!.whole!()), '{}\n')
})
